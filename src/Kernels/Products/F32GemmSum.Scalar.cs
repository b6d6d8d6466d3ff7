using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// The specification of a product whose right-hand side is a sum that is wanted later as well: sum[k, n] = x[k, n] + y[k, n],
/// and with b = sum what <see cref="GemmScalar"/> says. The addition costs nothing beside the multiply-adds; a pass of its
/// own over x and y would cost their way through the caches.
/// <list type="bullet">
/// <item>x, y, sum: k rows of the tile's columns, ldb apart; sum overlaps neither of the others.</item>
/// </list>
/// </summary>
internal static unsafe class GemmSumScalar
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* x, float* y, float* sum, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc,
        float* ahead, nint pace)
    {
        RowOps.AddRowsScalar(x, ldb, y, ldb, sum, ldb, k, GemmScalar.TileColumns);
        GemmScalar.Run(a, lda, sum, ldb, k, init, ldi, c, ldc, ahead, pace);
    }
}
