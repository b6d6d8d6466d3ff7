using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>Sixteen lanes in one 512-bit register.</summary>
internal readonly unsafe struct Avx512Lanes : ILanes<Avx512Lanes>
{
    private readonly Vector512<float> v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx512Lanes(Vector512<float> value) => v = value;

    public static Avx512Lanes Zero => new(Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Gather(float* source, int* index) => new(Vector512.Create(
        Avx2.GatherVector256(source, Vector256.Load(index), 4),
        Avx2.GatherVector256(source, Vector256.Load(index + 8), 4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Pick(Avx512Lanes low, Avx512Lanes high, int* index) =>
        new(Avx512F.PermuteVar16x32x2(low.v, Vector512.Load(index), high.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Lookup(float* table, Avx512Lanes index) =>
        new(Avx512F.PermuteVar16x32(Vector512.Load(table), index.v.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx512Lanes value, float* destination) => value.v.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Add(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Add(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Subtract(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Subtract(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Multiply(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Multiply(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Divide(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Divide(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Fma(Avx512Lanes left, Avx512Lanes right, Avx512Lanes addend) =>
        new(Avx512F.FusedMultiplyAdd(left.v, right.v, addend.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Max(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Max(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Min(Avx512Lanes left, Avx512Lanes right) => new(Avx512F.Min(left.v, right.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Abs(Avx512Lanes value) => new(Vector512.Abs(value.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Round(Avx512Lanes value) => new(Avx512F.RoundScale(value.v, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes KeepFirst(Avx512Lanes value, int count) =>
        new(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle() & value.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes ScaleByPowerOfTwo(Avx512Lanes value, Avx512Lanes exponent) =>
        new(Vector512.ConditionalSelect(
            Avx512F.CompareNotLessThan(exponent.v, Vector512.Create(Exp2.SmallestExponent)),
            Avx512F.Scale(value.v, exponent.v),
            Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Avx512Lanes value)
    {
        Vector256<float> by8 = Avx.Add(value.v.GetLower(), value.v.GetUpper());
        return Avx2Lanes.Fold(by8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Avx512Lanes value)
    {
        Vector256<float> by8 = Avx.Max(value.v.GetLower(), value.v.GetUpper());
        return Avx2Lanes.FoldMax(by8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Avx512Lanes value, float threshold) =>
        (uint)Vector512.GreaterThan(value.v, Vector512.Create(threshold)).ExtractMostSignificantBits();
}
