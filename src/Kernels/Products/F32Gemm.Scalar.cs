using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// The specification of every matrix product: c[r, n] = init[r, n] + (a[r, 0] * b[0, n] + a[r, 1] * b[1, n] + …), one
/// chain of fused multiply-adds per element, k ascending, begun with zero; init is added to its end. A tile has a fixed
/// number of rows (here 1) and 16, 32 or 48 columns; all of it is computed and stored, so the buffers behind a, init and
/// c must hold whole tiles.
/// <list type="bullet">
/// <item>a: rows of k values, lda apart; read only.</item>
/// <item>b: k rows of the tile's columns, ldb apart.</item>
/// <item>init: rows ldi apart (0 repeats one row), or null for zeros; may be c itself.</item>
/// <item>
/// ahead, pace: changes nothing. A kernel may fetch a line from there at each step of k, pace floats further every time
/// (<see cref="FetchAhead"/>); with a pace of 0 it may be any line, a's own say. It is mapped, or lies behind what is.
/// </item>
/// <item>c: rows ldc apart. Strides count floats; no pointer needs more than float alignment; k is at least 1.</item>
/// </list>
/// </summary>
internal static unsafe class GemmScalar
{
    internal const int TileRows = 1;
    internal const int TileColumns = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc, float* ahead, nint pace)
    {
        Debug.Assert(k > 0, "a product needs at least one term");
        float* sums = stackalloc float[TileColumns];
        for (int n = 0; n < TileColumns; n++)
        {
            sums[n] = 0f;
        }

        for (nint i = 0; i < k; i++)
        {
            float value = a[i];
            for (int n = 0; n < TileColumns; n++)
            {
                sums[n] = MathF.FusedMultiplyAdd(value, b[n], sums[n]);
            }

            b += ldb;
        }

        for (int n = 0; n < TileColumns; n++)
        {
            c[n] = init == null ? sums[n] : init[n] + sums[n];
        }
    }
}
