using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>
/// A tile of 8 rows by 16 columns of C = init + A * B; contract in <see cref="GemmScalar"/>.
/// Registers: 8 accumulators, 1 of B, 1 broadcast of A, of 32. Rows of A are read in place: three rows are
/// reached from one pointer by the strides 0, 1 and 2, so that all addresses fit the general registers.
/// </summary>
internal static unsafe class F32Gemm8x16Avx512
{
    internal const int TileRows = 8;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc, float* ahead, nint pace)
    {
        Vector512<float> c00 = Vector512<float>.Zero;
        Vector512<float> c10 = Vector512<float>.Zero;
        Vector512<float> c20 = Vector512<float>.Zero;
        Vector512<float> c30 = Vector512<float>.Zero;
        Vector512<float> c40 = Vector512<float>.Zero;
        Vector512<float> c50 = Vector512<float>.Zero;
        Vector512<float> c60 = Vector512<float>.Zero;
        Vector512<float> c70 = Vector512<float>.Zero;
        float* a3 = a + (3 * lda);
        float* a6 = a3 + (3 * lda);
        do
        {
            Vector512<float> b0 = Vector512.Load(b);
            Vector512<float> v = Vector512.Create(*a);
            c00 = Avx512F.FusedMultiplyAdd(v, b0, c00);
            v = Vector512.Create(a[lda]);
            c10 = Avx512F.FusedMultiplyAdd(v, b0, c10);
            v = Vector512.Create(a[2 * lda]);
            c20 = Avx512F.FusedMultiplyAdd(v, b0, c20);
            v = Vector512.Create(*a3);
            c30 = Avx512F.FusedMultiplyAdd(v, b0, c30);
            v = Vector512.Create(a3[lda]);
            c40 = Avx512F.FusedMultiplyAdd(v, b0, c40);
            v = Vector512.Create(a3[2 * lda]);
            c50 = Avx512F.FusedMultiplyAdd(v, b0, c50);
            v = Vector512.Create(*a6);
            c60 = Avx512F.FusedMultiplyAdd(v, b0, c60);
            v = Vector512.Create(a6[lda]);
            c70 = Avx512F.FusedMultiplyAdd(v, b0, c70);
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
            init += ldi;
            c10 = Avx512F.Add(Vector512.Load(init), c10);
            init += ldi;
            c20 = Avx512F.Add(Vector512.Load(init), c20);
            init += ldi;
            c30 = Avx512F.Add(Vector512.Load(init), c30);
            init += ldi;
            c40 = Avx512F.Add(Vector512.Load(init), c40);
            init += ldi;
            c50 = Avx512F.Add(Vector512.Load(init), c50);
            init += ldi;
            c60 = Avx512F.Add(Vector512.Load(init), c60);
            init += ldi;
            c70 = Avx512F.Add(Vector512.Load(init), c70);
        }

        c00.Store(c);
        c += ldc;
        c10.Store(c);
        c += ldc;
        c20.Store(c);
        c += ldc;
        c30.Store(c);
        c += ldc;
        c40.Store(c);
        c += ldc;
        c50.Store(c);
        c += ldc;
        c60.Store(c);
        c += ldc;
        c70.Store(c);
    }
}
