using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

internal static unsafe partial class Transpose
{
    /// <summary>
    /// Eight rows by four columns at a time: rows r and r + 4 share a register, so that what is left to do happens within
    /// 128 bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Avx2(float* source, nint lds, float* destination, nint ldd, nint rows, nint columns)
    {
        for (nint r = 0; r < rows; r += 8)
        {
            for (nint c = 0; c < columns; c += 4)
            {
                float* at = source + (r * lds) + c;
                Vector256<float> row0 = Pair(at, lds);
                Vector256<float> row1 = Pair(at + lds, lds);
                Vector256<float> row2 = Pair(at + (2 * lds), lds);
                Vector256<float> row3 = Pair(at + (3 * lds), lds);
                Vector256<float> low01 = Avx.UnpackLow(row0, row1);
                Vector256<float> high01 = Avx.UnpackHigh(row0, row1);
                Vector256<float> low23 = Avx.UnpackLow(row2, row3);
                Vector256<float> high23 = Avx.UnpackHigh(row2, row3);
                float* to = destination + (c * ldd) + r;
                Avx.Shuffle(low01, low23, 0x44).Store(to);
                Avx.Shuffle(low01, low23, 0xEE).Store(to + ldd);
                Avx.Shuffle(high01, high23, 0x44).Store(to + (2 * ldd));
                Avx.Shuffle(high01, high23, 0xEE).Store(to + (3 * ldd));
            }
        }
    }

    /// <summary>Four values of a row and four of the fourth row after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* source, nint lds) =>
        Vector256.Create(Vector128.Load(source), Vector128.Load(source + (4 * lds)));
}
