using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace SamNative.Kernels;

/// <summary>
/// Sixteen lanes in four 128-bit registers, the lowest four in v0. Maximum and minimum are a comparison and a choice:
/// those of the instruction set prefer +0 to -0, where the others take the right one.
/// </summary>
internal readonly unsafe struct Arm64Lanes : ILanes<Arm64Lanes>
{
    private readonly Vector128<float> v0;
    private readonly Vector128<float> v1;
    private readonly Vector128<float> v2;
    private readonly Vector128<float> v3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Arm64Lanes(Vector128<float> first, Vector128<float> second, Vector128<float> third, Vector128<float> fourth)
    {
        v0 = first;
        v1 = second;
        v2 = third;
        v3 = fourth;
    }

    public static Arm64Lanes Zero => Broadcast(0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Broadcast(float value)
    {
        Vector128<float> all = Vector128.Create(value);
        return new(all, all, all, all);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Load(float* source) => new(
        Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Gather(float* source, int* index) => new(
        GatherFour(source, index), GatherFour(source, index + 4), GatherFour(source, index + 8),
        GatherFour(source, index + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Pick(Arm64Lanes low, Arm64Lanes high, int* index) => new(
        PickFour(low, high, index), PickFour(low, high, index + 4), PickFour(low, high, index + 8),
        PickFour(low, high, index + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Lookup(float* table, Arm64Lanes index)
    {
        Arm64Lanes values = Load(table);
        return new(
            LookupFour(values, index.v0), LookupFour(values, index.v1), LookupFour(values, index.v2),
            LookupFour(values, index.v3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Arm64Lanes value, float* destination)
    {
        value.v0.Store(destination);
        value.v1.Store(destination + 4);
        value.v2.Store(destination + 8);
        value.v3.Store(destination + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Add(Arm64Lanes left, Arm64Lanes right) => new(
        AdvSimd.Add(left.v0, right.v0), AdvSimd.Add(left.v1, right.v1),
        AdvSimd.Add(left.v2, right.v2), AdvSimd.Add(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Subtract(Arm64Lanes left, Arm64Lanes right) => new(
        AdvSimd.Subtract(left.v0, right.v0), AdvSimd.Subtract(left.v1, right.v1),
        AdvSimd.Subtract(left.v2, right.v2), AdvSimd.Subtract(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Multiply(Arm64Lanes left, Arm64Lanes right) => new(
        AdvSimd.Multiply(left.v0, right.v0), AdvSimd.Multiply(left.v1, right.v1),
        AdvSimd.Multiply(left.v2, right.v2), AdvSimd.Multiply(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Divide(Arm64Lanes left, Arm64Lanes right) => new(
        AdvSimd.Arm64.Divide(left.v0, right.v0), AdvSimd.Arm64.Divide(left.v1, right.v1),
        AdvSimd.Arm64.Divide(left.v2, right.v2), AdvSimd.Arm64.Divide(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Fma(Arm64Lanes left, Arm64Lanes right, Arm64Lanes addend) => new(
        AdvSimd.FusedMultiplyAdd(addend.v0, left.v0, right.v0), AdvSimd.FusedMultiplyAdd(addend.v1, left.v1, right.v1),
        AdvSimd.FusedMultiplyAdd(addend.v2, left.v2, right.v2), AdvSimd.FusedMultiplyAdd(addend.v3, left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Max(Arm64Lanes left, Arm64Lanes right) => new(
        Larger(left.v0, right.v0), Larger(left.v1, right.v1), Larger(left.v2, right.v2), Larger(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Min(Arm64Lanes left, Arm64Lanes right) => new(
        Smaller(left.v0, right.v0), Smaller(left.v1, right.v1), Smaller(left.v2, right.v2), Smaller(left.v3, right.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Abs(Arm64Lanes value) =>
        new(AdvSimd.Abs(value.v0), AdvSimd.Abs(value.v1), AdvSimd.Abs(value.v2), AdvSimd.Abs(value.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes Round(Arm64Lanes value) => new(
        AdvSimd.RoundToNearest(value.v0), AdvSimd.RoundToNearest(value.v1),
        AdvSimd.RoundToNearest(value.v2), AdvSimd.RoundToNearest(value.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes KeepFirst(Arm64Lanes value, int count) => new(
        KeepFour(value.v0, count), KeepFour(value.v1, count - 4), KeepFour(value.v2, count - 8),
        KeepFour(value.v3, count - 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Arm64Lanes ScaleByPowerOfTwo(Arm64Lanes value, Arm64Lanes exponent) => new(
        ScaleFour(value.v0, exponent.v0), ScaleFour(value.v1, exponent.v1),
        ScaleFour(value.v2, exponent.v2), ScaleFour(value.v3, exponent.v3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Arm64Lanes value)
    {
        Vector128<float> by4 = AdvSimd.Add(AdvSimd.Add(value.v0, value.v2), AdvSimd.Add(value.v1, value.v3));
        Vector64<float> by2 = AdvSimd.Add(by4.GetLower(), by4.GetUpper());
        return by2.GetElement(0) + by2.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Arm64Lanes value)
    {
        Vector128<float> by4 = Larger(Larger(value.v0, value.v2), Larger(value.v1, value.v3));
        Vector128<float> by2 = Larger(by4, AdvSimd.ExtractVector128(by4, by4, 2));
        return Larger(by2, AdvSimd.ExtractVector128(by2, by2, 1)).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint GreaterThan(Arm64Lanes value, float threshold)
    {
        Vector128<float> limit = Vector128.Create(threshold);
        Vector128<ushort> low = GreaterThan(value.v0, value.v1, limit);
        Vector128<ushort> high = GreaterThan(value.v2, value.v3, limit);
        return AdvSimd.ExtractNarrowingUpper(AdvSimd.ExtractNarrowingLower(low), high).ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> GreaterThan(Vector128<float> low, Vector128<float> high, Vector128<float> limit) =>
        AdvSimd.ExtractNarrowingUpper(
            AdvSimd.ExtractNarrowingLower(AdvSimd.CompareGreaterThan(low, limit).AsUInt32()),
            AdvSimd.CompareGreaterThan(high, limit).AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<float> left, Vector128<float> right) =>
        AdvSimd.BitwiseSelect(AdvSimd.CompareGreaterThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Smaller(Vector128<float> left, Vector128<float> right) =>
        AdvSimd.BitwiseSelect(AdvSimd.CompareLessThan(left, right), left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> GatherFour(float* source, int* index) =>
        Vector128.Create(source[index[0]], source[index[1]], source[index[2]], source[index[3]]);

    /// <summary>The first look-up gives zero for what lies in high, the second leaves what lies in low as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> PickFour(Arm64Lanes low, Arm64Lanes high, int* index)
    {
        Vector128<byte> bytes = BytesOf(Vector128.Load(index));
        Vector128<byte> fromLow = AdvSimd.Arm64.VectorTableLookup(
            (low.v0.AsByte(), low.v1.AsByte(), low.v2.AsByte(), low.v3.AsByte()), bytes);
        return AdvSimd.Arm64.VectorTableLookupExtension(
            fromLow, (high.v0.AsByte(), high.v1.AsByte(), high.v2.AsByte(), high.v3.AsByte()),
            AdvSimd.Subtract(bytes, Vector128.Create((byte)64))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> LookupFour(Arm64Lanes values, Vector128<float> index) =>
        AdvSimd.Arm64.VectorTableLookup(
            (values.v0.AsByte(), values.v1.AsByte(), values.v2.AsByte(), values.v3.AsByte()),
            BytesOf(AdvSimd.And(index.AsInt32(), Vector128.Create(15)))).AsSingle();

    /// <summary>A look-up takes bytes: those of a value begin at four times its index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> BytesOf(Vector128<int> index) =>
        AdvSimd.MultiplyAdd(Vector128.Create(0x03020100), index, Vector128.Create(0x04040404)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> KeepFour(Vector128<float> value, int count) =>
        AdvSimd.And(AdvSimd.CompareLessThan(Vector128<int>.Indices, Vector128.Create(count)).AsSingle(), value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ScaleFour(Vector128<float> value, Vector128<float> exponent)
    {
        Vector128<float> clamped = AdvSimd.Max(exponent, Vector128.Create(-126f));
        Vector128<int> shift = AdvSimd.ConvertToInt32RoundToZero(clamped) << 23;
        Vector128<float> scaled = AdvSimd.Add(value.AsInt32(), shift).AsSingle();
        return AdvSimd.BitwiseClear(scaled, AdvSimd.CompareLessThan(exponent, Vector128.Create(Exp2.SmallestExponent)));
    }
}
