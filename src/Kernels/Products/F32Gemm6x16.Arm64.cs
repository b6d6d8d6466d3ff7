using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace SamNative.Kernels;

/// <summary>
/// A tile of 6 rows by 16 columns of C = init + A * B; contract in <see cref="GemmScalar"/>.
/// Registers: 24 accumulators, 6 of A, 1 of B, of 32. Rows of A are read in place, four terms at a time: the
/// multiply-add takes its factor from a lane of a register, so that nothing is broadcast, which on many Arm64
/// processors would take a turn of the multipliers. What is left of k, three terms at most, is read one by one.
/// </summary>
internal static unsafe class F32Gemm6x16Arm64
{
    internal const int TileRows = 6;
    private const int TileColumns = 16;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        float* a, nint lda, float* b, nint ldb, nint k, float* init, nint ldi, float* c, nint ldc, float* ahead, nint pace)
    {
        Vector128<float> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector128<float> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector128<float> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector128<float> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector128<float> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector128<float> c50 = default, c51 = default, c52 = default, c53 = default;
        float* a1 = a + lda;
        float* a2 = a1 + lda;
        float* a3 = a2 + lda;
        float* a4 = a3 + lda;
        float* a5 = a4 + lda;
        Vector128<float> v0, v1, v2, v3, v4, v5;
        for (; k >= 4; k -= 4)
        {
            v0 = Vector128.Load(a);
            v1 = Vector128.Load(a1);
            v2 = Vector128.Load(a2);
            v3 = Vector128.Load(a3);
            v4 = Vector128.Load(a4);
            v5 = Vector128.Load(a5);
            Column(ref c00, ref c10, ref c20, ref c30, ref c40, ref c50, v0, v1, v2, v3, v4, v5, b, 0);
            Column(ref c01, ref c11, ref c21, ref c31, ref c41, ref c51, v0, v1, v2, v3, v4, v5, b + 4, 0);
            Column(ref c02, ref c12, ref c22, ref c32, ref c42, ref c52, v0, v1, v2, v3, v4, v5, b + 8, 0);
            Column(ref c03, ref c13, ref c23, ref c33, ref c43, ref c53, v0, v1, v2, v3, v4, v5, b + 12, 0);
            b += ldb;
            Column(ref c00, ref c10, ref c20, ref c30, ref c40, ref c50, v0, v1, v2, v3, v4, v5, b, 1);
            Column(ref c01, ref c11, ref c21, ref c31, ref c41, ref c51, v0, v1, v2, v3, v4, v5, b + 4, 1);
            Column(ref c02, ref c12, ref c22, ref c32, ref c42, ref c52, v0, v1, v2, v3, v4, v5, b + 8, 1);
            Column(ref c03, ref c13, ref c23, ref c33, ref c43, ref c53, v0, v1, v2, v3, v4, v5, b + 12, 1);
            b += ldb;
            Column(ref c00, ref c10, ref c20, ref c30, ref c40, ref c50, v0, v1, v2, v3, v4, v5, b, 2);
            Column(ref c01, ref c11, ref c21, ref c31, ref c41, ref c51, v0, v1, v2, v3, v4, v5, b + 4, 2);
            Column(ref c02, ref c12, ref c22, ref c32, ref c42, ref c52, v0, v1, v2, v3, v4, v5, b + 8, 2);
            Column(ref c03, ref c13, ref c23, ref c33, ref c43, ref c53, v0, v1, v2, v3, v4, v5, b + 12, 2);
            b += ldb;
            Column(ref c00, ref c10, ref c20, ref c30, ref c40, ref c50, v0, v1, v2, v3, v4, v5, b, 3);
            Column(ref c01, ref c11, ref c21, ref c31, ref c41, ref c51, v0, v1, v2, v3, v4, v5, b + 4, 3);
            Column(ref c02, ref c12, ref c22, ref c32, ref c42, ref c52, v0, v1, v2, v3, v4, v5, b + 8, 3);
            Column(ref c03, ref c13, ref c23, ref c33, ref c43, ref c53, v0, v1, v2, v3, v4, v5, b + 12, 3);
            b += ldb;
            a += 4;
            a1 += 4;
            a2 += 4;
            a3 += 4;
            a4 += 4;
            a5 += 4;
        }

        for (; k > 0; k--)
        {
            v0 = Vector128.CreateScalarUnsafe(*a++);
            v1 = Vector128.CreateScalarUnsafe(*a1++);
            v2 = Vector128.CreateScalarUnsafe(*a2++);
            v3 = Vector128.CreateScalarUnsafe(*a3++);
            v4 = Vector128.CreateScalarUnsafe(*a4++);
            v5 = Vector128.CreateScalarUnsafe(*a5++);
            Column(ref c00, ref c10, ref c20, ref c30, ref c40, ref c50, v0, v1, v2, v3, v4, v5, b, 0);
            Column(ref c01, ref c11, ref c21, ref c31, ref c41, ref c51, v0, v1, v2, v3, v4, v5, b + 4, 0);
            Column(ref c02, ref c12, ref c22, ref c32, ref c42, ref c52, v0, v1, v2, v3, v4, v5, b + 8, 0);
            Column(ref c03, ref c13, ref c23, ref c33, ref c43, ref c53, v0, v1, v2, v3, v4, v5, b + 12, 0);
            b += ldb;
        }

        if (init != null)
        {
            AddRow(init, ref c00, ref c01, ref c02, ref c03);
            AddRow(init + ldi, ref c10, ref c11, ref c12, ref c13);
            AddRow(init + (2 * ldi), ref c20, ref c21, ref c22, ref c23);
            AddRow(init + (3 * ldi), ref c30, ref c31, ref c32, ref c33);
            AddRow(init + (4 * ldi), ref c40, ref c41, ref c42, ref c43);
            AddRow(init + (5 * ldi), ref c50, ref c51, ref c52, ref c53);
        }

        StoreRow(c, c00, c01, c02, c03);
        StoreRow(c + ldc, c10, c11, c12, c13);
        StoreRow(c + (2 * ldc), c20, c21, c22, c23);
        StoreRow(c + (3 * ldc), c30, c31, c32, c33);
        StoreRow(c + (4 * ldc), c40, c41, c42, c43);
        StoreRow(c + (5 * ldc), c50, c51, c52, c53);
    }

    /// <summary>
    /// See <see cref="GemmSumScalar"/>. The sum is made first, and is still in the first-level cache when it is used:
    /// within the loop it would need the last register, and it is wanted for one tile of many only.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void RunSum(
        float* a, nint lda, float* x, float* y, float* sum, nint ldb, nint k, float* init, nint ldi, float* c,
        nint ldc, float* ahead, nint pace)
    {
        RowOps.AddRowsLanes<Arm64Lanes>(x, ldb, y, ldb, sum, ldb, k, TileColumns);
        Run(a, lda, sum, ldb, k, init, ldi, c, ldc, ahead, pace);
    }

    /// <summary>One term of six rows by four columns.</summary>
    /// <param name="lane">Where in its register each row of A has the factor.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column(
        ref Vector128<float> c0, ref Vector128<float> c1, ref Vector128<float> c2, ref Vector128<float> c3,
        ref Vector128<float> c4, ref Vector128<float> c5, Vector128<float> a0, Vector128<float> a1, Vector128<float> a2,
        Vector128<float> a3, Vector128<float> a4, Vector128<float> a5, float* b,
        [ConstantExpected(Max = (byte)3)] byte lane)
    {
        Vector128<float> right = Vector128.Load(b);
        c0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c0, right, a0, lane);
        c1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c1, right, a1, lane);
        c2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c2, right, a2, lane);
        c3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c3, right, a3, lane);
        c4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c4, right, a4, lane);
        c5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(c5, right, a5, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(
        float* init, ref Vector128<float> c0, ref Vector128<float> c1, ref Vector128<float> c2, ref Vector128<float> c3)
    {
        c0 = AdvSimd.Add(Vector128.Load(init), c0);
        c1 = AdvSimd.Add(Vector128.Load(init + 4), c1);
        c2 = AdvSimd.Add(Vector128.Load(init + 8), c2);
        c3 = AdvSimd.Add(Vector128.Load(init + 12), c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(
        float* c, Vector128<float> c0, Vector128<float> c1, Vector128<float> c2, Vector128<float> c3)
    {
        c0.Store(c);
        c1.Store(c + 4);
        c2.Store(c + 8);
        c3.Store(c + 12);
    }
}
