using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// A tile of 6 rows by 16 columns of C = init + A * B; contract in <see cref="GemmScalar"/>.
/// Registers: 12 accumulators, 2 of B, 1 broadcast of A, of 16. Rows of A are read in place: three rows are
/// reached from one pointer by the strides 0, 1 and 2, so that all addresses fit the general registers.
/// There are two: one multiplies by a sum and keeps it, see <see cref="GemmSumScalar"/>.
/// </summary>
internal static unsafe class F32Gemm6x16Avx2
{
    internal const int TileRows = 6;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc, float* ahead, nint pace) =>
        Tile(isSum: false, a, lda, b, null, null, ldb, k, init, ldi, c, ldc, ahead, pace);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunSum(
        float* a, nint lda, float* x, float* y, float* sum, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc,
        float* ahead, nint pace) =>
        Tile(isSum: true, a, lda, x, y, sum, ldb, k, init, ldi, c, ldc, ahead, pace);

    /// <param name="isSum">Whether y is added to B and the sum kept. Constant wherever this is inlined.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(
        bool isSum, float* a, nint lda, float* b, float* y, float* sum, nint ldb, nint k, float* init, nint ldi,
        float* c, nint ldc, float* ahead, nint pace)
    {
        Vector256<float> c00 = Vector256<float>.Zero, c01 = Vector256<float>.Zero;
        Vector256<float> c10 = Vector256<float>.Zero, c11 = Vector256<float>.Zero;
        Vector256<float> c20 = Vector256<float>.Zero, c21 = Vector256<float>.Zero;
        Vector256<float> c30 = Vector256<float>.Zero, c31 = Vector256<float>.Zero;
        Vector256<float> c40 = Vector256<float>.Zero, c41 = Vector256<float>.Zero;
        Vector256<float> c50 = Vector256<float>.Zero, c51 = Vector256<float>.Zero;
        float* a3 = a + (3 * lda);
        do
        {
            Vector256<float> b0 = Vector256.Load(b);
            Vector256<float> b1 = Vector256.Load(b + 8);
            if (isSum)
            {
                b0 = Avx.Add(b0, Vector256.Load(y));
                b1 = Avx.Add(b1, Vector256.Load(y + 8));
                b0.Store(sum);
                b1.Store(sum + 8);
                y += ldb;
                sum += ldb;
            }

            Vector256<float> v = Vector256.Create(*a);
            c00 = Fma.MultiplyAdd(v, b0, c00);
            c01 = Fma.MultiplyAdd(v, b1, c01);
            v = Vector256.Create(a[lda]);
            c10 = Fma.MultiplyAdd(v, b0, c10);
            c11 = Fma.MultiplyAdd(v, b1, c11);
            v = Vector256.Create(a[2 * lda]);
            c20 = Fma.MultiplyAdd(v, b0, c20);
            c21 = Fma.MultiplyAdd(v, b1, c21);
            v = Vector256.Create(*a3);
            c30 = Fma.MultiplyAdd(v, b0, c30);
            c31 = Fma.MultiplyAdd(v, b1, c31);
            v = Vector256.Create(a3[lda]);
            c40 = Fma.MultiplyAdd(v, b0, c40);
            c41 = Fma.MultiplyAdd(v, b1, c41);
            v = Vector256.Create(a3[2 * lda]);
            c50 = Fma.MultiplyAdd(v, b0, c50);
            c51 = Fma.MultiplyAdd(v, b1, c51);
            Sse.Prefetch1(ahead);
            ahead += pace;
            a++;
            a3++;
            b += ldb;
        }
        while (--k > 0);

        if (init != null)
        {
            c00 = Avx.Add(Vector256.Load(init), c00);
            c01 = Avx.Add(Vector256.Load(init + 8), c01);
            init += ldi;
            c10 = Avx.Add(Vector256.Load(init), c10);
            c11 = Avx.Add(Vector256.Load(init + 8), c11);
            init += ldi;
            c20 = Avx.Add(Vector256.Load(init), c20);
            c21 = Avx.Add(Vector256.Load(init + 8), c21);
            init += ldi;
            c30 = Avx.Add(Vector256.Load(init), c30);
            c31 = Avx.Add(Vector256.Load(init + 8), c31);
            init += ldi;
            c40 = Avx.Add(Vector256.Load(init), c40);
            c41 = Avx.Add(Vector256.Load(init + 8), c41);
            init += ldi;
            c50 = Avx.Add(Vector256.Load(init), c50);
            c51 = Avx.Add(Vector256.Load(init + 8), c51);
        }

        c00.Store(c);
        c01.Store(c + 8);
        c += ldc;
        c10.Store(c);
        c11.Store(c + 8);
        c += ldc;
        c20.Store(c);
        c21.Store(c + 8);
        c += ldc;
        c30.Store(c);
        c31.Store(c + 8);
        c += ldc;
        c40.Store(c);
        c41.Store(c + 8);
        c += ldc;
        c50.Store(c);
        c51.Store(c + 8);
    }
}
