using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// A tile of 8 rows by 48 columns of C = init + A * B; contract in <see cref="GemmScalar"/>.
/// Registers: 24 accumulators, 3 of B, 1 broadcast of A, of 32. Rows of A are read in place: three rows are
/// reached from one pointer by the strides 0, 1 and 2, so that all addresses fit the general registers. There are two: one
/// multiplies by a sum and keeps it, see <see cref="GemmSumScalar"/>.
/// </summary>
internal static unsafe class F32Gemm8x48Avx512
{
    internal const int TileRows = 8;

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
        bool isSum, float* a, nint lda, float* b, float* y, float* sum, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc,
        float* ahead, nint pace)
    {
        Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero, c02 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero, c12 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero, c22 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero, c32 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero, c42 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero, c52 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero, c62 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero, c72 = Vector512<float>.Zero;
        float* a3 = a + (3 * lda);
        float* a6 = a3 + (3 * lda);
        do
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + 16);
            Vector512<float> b2 = Vector512.Load(b + 32);
            if (isSum)
            {
                b0 = Avx512F.Add(b0, Vector512.Load(y));
                b1 = Avx512F.Add(b1, Vector512.Load(y + 16));
                b2 = Avx512F.Add(b2, Vector512.Load(y + 32));
                b0.Store(sum);
                b1.Store(sum + 16);
                b2.Store(sum + 32);
                y += ldb;
                sum += ldb;
            }

            Vector512<float> v = Vector512.Create(*a);
            c00 = Avx512F.FusedMultiplyAdd(v, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(v, b1, c01);
            c02 = Avx512F.FusedMultiplyAdd(v, b2, c02);
            v = Vector512.Create(a[lda]);
            c10 = Avx512F.FusedMultiplyAdd(v, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(v, b1, c11);
            c12 = Avx512F.FusedMultiplyAdd(v, b2, c12);
            v = Vector512.Create(Third(isSum, a, lda));
            c20 = Avx512F.FusedMultiplyAdd(v, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(v, b1, c21);
            c22 = Avx512F.FusedMultiplyAdd(v, b2, c22);
            v = Vector512.Create(*a3);
            c30 = Avx512F.FusedMultiplyAdd(v, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(v, b1, c31);
            c32 = Avx512F.FusedMultiplyAdd(v, b2, c32);
            v = Vector512.Create(a3[lda]);
            c40 = Avx512F.FusedMultiplyAdd(v, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(v, b1, c41);
            c42 = Avx512F.FusedMultiplyAdd(v, b2, c42);
            v = Vector512.Create(Third(isSum, a3, lda));
            c50 = Avx512F.FusedMultiplyAdd(v, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(v, b1, c51);
            c52 = Avx512F.FusedMultiplyAdd(v, b2, c52);
            v = Vector512.Create(*a6);
            c60 = Avx512F.FusedMultiplyAdd(v, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(v, b1, c61);
            c62 = Avx512F.FusedMultiplyAdd(v, b2, c62);
            v = Vector512.Create(a6[lda]);
            c70 = Avx512F.FusedMultiplyAdd(v, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(v, b1, c71);
            c72 = Avx512F.FusedMultiplyAdd(v, b2, c72);
            Sse.Prefetch1(ahead);
            ahead += pace;
            a++;
            a3++;
            a6++;
            b += ldb;
        }
        while (--k > 0);

        if (init != null)
        {
            c00 = Avx512F.Add(Vector512.Load(init), c00);
            c01 = Avx512F.Add(Vector512.Load(init + 16), c01);
            c02 = Avx512F.Add(Vector512.Load(init + 32), c02);
            init += ldi;
            c10 = Avx512F.Add(Vector512.Load(init), c10);
            c11 = Avx512F.Add(Vector512.Load(init + 16), c11);
            c12 = Avx512F.Add(Vector512.Load(init + 32), c12);
            init += ldi;
            c20 = Avx512F.Add(Vector512.Load(init), c20);
            c21 = Avx512F.Add(Vector512.Load(init + 16), c21);
            c22 = Avx512F.Add(Vector512.Load(init + 32), c22);
            init += ldi;
            c30 = Avx512F.Add(Vector512.Load(init), c30);
            c31 = Avx512F.Add(Vector512.Load(init + 16), c31);
            c32 = Avx512F.Add(Vector512.Load(init + 32), c32);
            init += ldi;
            c40 = Avx512F.Add(Vector512.Load(init), c40);
            c41 = Avx512F.Add(Vector512.Load(init + 16), c41);
            c42 = Avx512F.Add(Vector512.Load(init + 32), c42);
            init += ldi;
            c50 = Avx512F.Add(Vector512.Load(init), c50);
            c51 = Avx512F.Add(Vector512.Load(init + 16), c51);
            c52 = Avx512F.Add(Vector512.Load(init + 32), c52);
            init += ldi;
            c60 = Avx512F.Add(Vector512.Load(init), c60);
            c61 = Avx512F.Add(Vector512.Load(init + 16), c61);
            c62 = Avx512F.Add(Vector512.Load(init + 32), c62);
            init += ldi;
            c70 = Avx512F.Add(Vector512.Load(init), c70);
            c71 = Avx512F.Add(Vector512.Load(init + 16), c71);
            c72 = Avx512F.Add(Vector512.Load(init + 32), c72);
        }

        c00.Store(c);
        c01.Store(c + 16);
        c02.Store(c + 32);
        c += ldc;
        c10.Store(c);
        c11.Store(c + 16);
        c12.Store(c + 32);
        c += ldc;
        c20.Store(c);
        c21.Store(c + 16);
        c22.Store(c + 32);
        c += ldc;
        c30.Store(c);
        c31.Store(c + 16);
        c32.Store(c + 32);
        c += ldc;
        c40.Store(c);
        c41.Store(c + 16);
        c42.Store(c + 32);
        c += ldc;
        c50.Store(c);
        c51.Store(c + 16);
        c52.Store(c + 32);
        c += ldc;
        c60.Store(c);
        c61.Store(c + 16);
        c62.Store(c + 32);
        c += ldc;
        c70.Store(c);
        c71.Store(c + 16);
        c72.Store(c + 32);
    }

    /// <summary>
    /// a[2 * lda]. The loop that makes sums has no register left for twice the stride: in bytes the compiler scales by 8
    /// instead. Elsewhere that is slower, 1 % of the linear layers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Third(bool isSum, float* a, nint lda) => isSum ? *(float*)((byte*)a + (8 * lda)) : a[2 * lda];
}
