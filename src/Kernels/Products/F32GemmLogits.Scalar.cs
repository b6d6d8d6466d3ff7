using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// The specification of a product that is a tile of logits: what <see cref="GemmScalar"/> says, then what
/// <see cref="LogitBias"/> says, while the tile is in registers.
/// </summary>
internal static unsafe class GemmLogitsScalar
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* bias, nint ldBias, nint step,
        float* largest, float* c, nint ldc, float* ahead, nint pace)
    {
        GemmScalar.Run(a, lda, b, ldb, k, init, ldi, c, ldc, ahead, pace);
        LogitBias.Scalar(c, ldc, bias, ldBias, step, largest, GemmScalar.TileRows, GemmScalar.TileColumns);
    }
}
