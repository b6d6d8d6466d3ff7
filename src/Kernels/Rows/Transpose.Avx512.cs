using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

internal static unsafe partial class Transpose
{
    /// <summary>
    /// As <see cref="Avx2"/>, sixteen rows by four columns: rows r, r + 4, r + 8 and r + 12 share a register. Eight that are
    /// left are transposed as there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Avx512(float* source, nint lds, float* destination, nint ldd, nint rows, nint columns)
    {
        nint whole = rows & ~15;
        for (nint r = 0; r < whole; r += 16)
        {
            for (nint c = 0; c < columns; c += 4)
            {
                float* at = source + (r * lds) + c;
                Vector512<float> row0 = Quad(at, lds);
                Vector512<float> row1 = Quad(at + lds, lds);
                Vector512<float> row2 = Quad(at + (2 * lds), lds);
                Vector512<float> row3 = Quad(at + (3 * lds), lds);
                Vector512<float> low01 = Avx512F.UnpackLow(row0, row1);
                Vector512<float> high01 = Avx512F.UnpackHigh(row0, row1);
                Vector512<float> low23 = Avx512F.UnpackLow(row2, row3);
                Vector512<float> high23 = Avx512F.UnpackHigh(row2, row3);
                float* to = destination + (c * ldd) + r;
                Avx512F.Shuffle(low01, low23, 0x44).Store(to);
                Avx512F.Shuffle(low01, low23, 0xEE).Store(to + ldd);
                Avx512F.Shuffle(high01, high23, 0x44).Store(to + (2 * ldd));
                Avx512F.Shuffle(high01, high23, 0xEE).Store(to + (3 * ldd));
            }
        }

        if (whole < rows)
        {
            Avx2(source + (whole * lds), lds, destination + whole, ldd, rows - whole, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quad(float* source, nint lds) =>
        Vector512.Create(Pair(source, lds), Pair(source + (8 * lds), lds));
}
