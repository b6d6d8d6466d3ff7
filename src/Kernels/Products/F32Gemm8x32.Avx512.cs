using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// A tile of 8 rows by 32 columns of C = init + A * B; contract in <see cref="GemmScalar"/>.
/// Registers: 16 accumulators, 2 of B, 1 broadcast of A, of 32. Rows of A are read in place: three rows are
/// reached from one pointer by the strides 0, 1 and 2, so that all addresses fit the general registers. There are two: one
/// makes logits of the products, see <see cref="GemmLogitsScalar"/>.
/// </summary>
internal static unsafe class F32Gemm8x32Avx512
{
    internal const int TileRows = 8;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc, float* ahead, nint pace) =>
        Tile(isLogits: false, a, lda, b, ldb, k, init, ldi, null, 0, 0, null, c, ldc, ahead, pace);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunLogits(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* bias, nint ldBias, nint step,
        float* largest, float* c, nint ldc, float* ahead, nint pace) =>
        Tile(isLogits: true, a, lda, b, ldb, k, init, ldi, bias, ldBias, step, largest, c, ldc, ahead, pace);

    /// <param name="isLogits">Whether a bias is added and the largest kept. Constant wherever this is inlined.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(
        bool isLogits, float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* bias, nint ldBias, nint step,
        float* largest, float* c, nint ldc, float* ahead, nint pace)
    {
        Vector512<float> c00 = Vector512<float>.Zero, c01 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero, c11 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero, c21 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero, c31 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero, c41 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero, c51 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero, c61 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero, c71 = Vector512<float>.Zero;
        float* a3 = a + (3 * lda);
        float* a6 = a3 + (3 * lda);
        do
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> b1 = Vector512.Load(b + 16);
            Vector512<float> v = Vector512.Create(*a);
            c00 = Avx512F.FusedMultiplyAdd(v, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(v, b1, c01);
            v = Vector512.Create(a[lda]);
            c10 = Avx512F.FusedMultiplyAdd(v, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(v, b1, c11);
            v = Vector512.Create(a[2 * lda]);
            c20 = Avx512F.FusedMultiplyAdd(v, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(v, b1, c21);
            v = Vector512.Create(*a3);
            c30 = Avx512F.FusedMultiplyAdd(v, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(v, b1, c31);
            v = Vector512.Create(a3[lda]);
            c40 = Avx512F.FusedMultiplyAdd(v, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(v, b1, c41);
            v = Vector512.Create(a3[2 * lda]);
            c50 = Avx512F.FusedMultiplyAdd(v, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(v, b1, c51);
            v = Vector512.Create(*a6);
            c60 = Avx512F.FusedMultiplyAdd(v, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(v, b1, c61);
            v = Vector512.Create(a6[lda]);
            c70 = Avx512F.FusedMultiplyAdd(v, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(v, b1, c71);
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
            init += ldi;
            c10 = Avx512F.Add(Vector512.Load(init), c10);
            c11 = Avx512F.Add(Vector512.Load(init + 16), c11);
            init += ldi;
            c20 = Avx512F.Add(Vector512.Load(init), c20);
            c21 = Avx512F.Add(Vector512.Load(init + 16), c21);
            init += ldi;
            c30 = Avx512F.Add(Vector512.Load(init), c30);
            c31 = Avx512F.Add(Vector512.Load(init + 16), c31);
            init += ldi;
            c40 = Avx512F.Add(Vector512.Load(init), c40);
            c41 = Avx512F.Add(Vector512.Load(init + 16), c41);
            init += ldi;
            c50 = Avx512F.Add(Vector512.Load(init), c50);
            c51 = Avx512F.Add(Vector512.Load(init + 16), c51);
            init += ldi;
            c60 = Avx512F.Add(Vector512.Load(init), c60);
            c61 = Avx512F.Add(Vector512.Load(init + 16), c61);
            init += ldi;
            c70 = Avx512F.Add(Vector512.Load(init), c70);
            c71 = Avx512F.Add(Vector512.Load(init + 16), c71);
        }

        if (isLogits)
        {
            Logits(ref c00, ref c01, bias, step, largest);
            Logits(ref c10, ref c11, bias + ldBias, step, largest + Lane.Count);
            Logits(ref c20, ref c21, bias + (2 * ldBias), step, largest + (2 * Lane.Count));
            Logits(ref c30, ref c31, bias + (3 * ldBias), step, largest + (3 * Lane.Count));
            Logits(ref c40, ref c41, bias + (4 * ldBias), step, largest + (4 * Lane.Count));
            Logits(ref c50, ref c51, bias + (5 * ldBias), step, largest + (5 * Lane.Count));
            Logits(ref c60, ref c61, bias + (6 * ldBias), step, largest + (6 * Lane.Count));
            Logits(ref c70, ref c71, bias + (7 * ldBias), step, largest + (7 * Lane.Count));
        }

        c00.Store(c);
        c01.Store(c + 16);
        c += ldc;
        c10.Store(c);
        c11.Store(c + 16);
        c += ldc;
        c20.Store(c);
        c21.Store(c + 16);
        c += ldc;
        c30.Store(c);
        c31.Store(c + 16);
        c += ldc;
        c40.Store(c);
        c41.Store(c + 16);
        c += ldc;
        c50.Store(c);
        c51.Store(c + 16);
        c += ldc;
        c60.Store(c);
        c61.Store(c + 16);
        c += ldc;
        c70.Store(c);
        c71.Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Logits(ref Vector512<float> c0, ref Vector512<float> c1, float* bias, nint step, float* largest)
    {
        c0 = Avx512F.Add(c0, Vector512.Create(*bias));
        c1 = Avx512F.Add(c1, Vector512.Create(bias[step]));
        Avx512F.Max(Avx512F.Max(Vector512.Load(largest), c0), c1).Store(largest);
    }
}
