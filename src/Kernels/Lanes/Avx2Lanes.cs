using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SamNative.Kernels;

/// <summary>Sixteen lanes in two 256-bit registers, the low eight in lo.</summary>
internal readonly unsafe struct Avx2Lanes : ILanes<Avx2Lanes>
{
    private readonly Vector256<float> lo;
    private readonly Vector256<float> hi;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx2Lanes(Vector256<float> low, Vector256<float> high)
    {
        lo = low;
        hi = high;
    }

    public static Avx2Lanes Zero => new(Vector256<float>.Zero, Vector256<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Broadcast(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Gather(float* source, int* index) => new(
        Avx2.GatherVector256(source, Vector256.Load(index), 4),
        Avx2.GatherVector256(source, Vector256.Load(index + 8), 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Pick(Avx2Lanes low, Avx2Lanes high, int* index) =>
        new(PickHalf(low, high, Vector256.Load(index)), PickHalf(low, high, Vector256.Load(index + 8)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Lookup(float* table, Avx2Lanes index)
    {
        Avx2Lanes values = Load(table);
        return new(PickHalf(values, index.lo.AsInt32()), PickHalf(values, index.hi.AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Avx2Lanes value, float* destination)
    {
        value.lo.Store(destination);
        value.hi.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Add(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Add(left.lo, right.lo), Avx.Add(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Subtract(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Subtract(left.lo, right.lo), Avx.Subtract(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Multiply(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Multiply(left.lo, right.lo), Avx.Multiply(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Divide(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Divide(left.lo, right.lo), Avx.Divide(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Fma(Avx2Lanes left, Avx2Lanes right, Avx2Lanes addend) => new(
        System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(left.lo, right.lo, addend.lo),
        System.Runtime.Intrinsics.X86.Fma.MultiplyAdd(left.hi, right.hi, addend.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Max(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Max(left.lo, right.lo), Avx.Max(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Min(Avx2Lanes left, Avx2Lanes right) =>
        new(Avx.Min(left.lo, right.lo), Avx.Min(left.hi, right.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Abs(Avx2Lanes value) => new(Vector256.Abs(value.lo), Vector256.Abs(value.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Round(Avx2Lanes value) =>
        new(Avx.RoundToNearestInteger(value.lo), Avx.RoundToNearestInteger(value.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes KeepFirst(Avx2Lanes value, int count)
    {
        Vector256<int> limit = Vector256.Create(count);
        return new(
            Vector256.LessThan(Vector256<int>.Indices, limit).AsSingle() & value.lo,
            Vector256.LessThan(Vector256<int>.Indices + Vector256.Create(8), limit).AsSingle() & value.hi);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes ScaleByPowerOfTwo(Avx2Lanes value, Avx2Lanes exponent) =>
        new(ScaleHalf(value.lo, exponent.lo), ScaleHalf(value.hi, exponent.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Avx2Lanes value) => Fold(Avx.Add(value.lo, value.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Avx2Lanes value) => FoldMax(Avx.Max(value.lo, value.hi));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Avx2Lanes value, float threshold)
    {
        Vector256<float> limit = Vector256.Create(threshold);
        return Vector256.GreaterThan(value.lo, limit).ExtractMostSignificantBits()
            | (Vector256.GreaterThan(value.hi, limit).ExtractMostSignificantBits() << 8);
    }

    /// <summary>Eight lanes to one: lane i + lane i+4, then 2, 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Fold(Vector256<float> by8)
    {
        Vector128<float> by4 = Sse.Add(by8.GetLower(), by8.GetUpper());
        Vector128<float> by2 = Sse.Add(by4, Sse.MoveHighToLow(by4, by4));
        return by2.GetElement(0) + by2.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float FoldMax(Vector256<float> by8)
    {
        Vector128<float> by4 = Sse.Max(by8.GetLower(), by8.GetUpper());
        Vector128<float> by2 = Sse.Max(by4, Sse.MoveHighToLow(by4, by4));
        return Sse.MaxScalar(by2, Sse.Shuffle(by2, by2, 1)).ToScalar();
    }

    /// <summary>A permutation looks at the low three bits of an index; the next ones, brought to the sign, say which part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PickHalf(Avx2Lanes low, Avx2Lanes high, Vector256<int> index) => Avx.BlendVariable(
        PickHalf(low, index), PickHalf(high, index), Avx2.ShiftLeftLogical(index, 27).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PickHalf(Avx2Lanes value, Vector256<int> index) => Avx.BlendVariable(
        Avx2.PermuteVar8x32(value.lo, index), Avx2.PermuteVar8x32(value.hi, index),
        Avx2.ShiftLeftLogical(index, 28).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ScaleHalf(Vector256<float> value, Vector256<float> exponent)
    {
        Vector256<float> clamped = Avx.Max(exponent, Vector256.Create(-126f));
        Vector256<int> shift = Avx2.ShiftLeftLogical(Avx.ConvertToVector256Int32(clamped), 23);
        Vector256<float> scaled = Avx2.Add(value.AsInt32(), shift).AsSingle();
        return Avx.AndNot(Vector256.LessThan(exponent, Vector256.Create(-125f)), scaled);
    }
}
