using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace SamNative.Kernels;

internal static unsafe partial class ByteResize
{
    /// <inheritdoc cref="AlongRowScalar"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AlongRowArm64(
        byte* source, int* starts, int* counts, int* weights, nint taps, byte* destination, nint width)
    {
        for (nint x = 0; x < width; x++)
        {
            int* pixel = (int*)source + starts[x];
            Vector128<int> sum = Vector128.Create(Half);
            for (nint t = 0; t < counts[x]; t++)
            {
                Vector64<byte> sample = Vector64.CreateScalarUnsafe(pixel[t]).AsByte();
                Vector64<ushort> words = AdvSimd.ZeroExtendWideningLower(sample).GetLower();
                sum = Weigh(sum, AdvSimd.ZeroExtendWideningLower(words), Vector128.Create(weights[t]));
            }

            Vector128<ushort> clamped = Words(sum, sum);
            ((int*)destination)[x] = AdvSimd.ExtractNarrowingSaturateLower(clamped).AsInt32().ToScalar();
            weights += taps;
        }
    }

    /// <inheritdoc cref="BetweenRowsScalar"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BetweenRowsArm64(
        byte* source, nint stride, int* weights, nint count, byte* destination, nint bytes)
    {
        nint i = 0;
        for (; i + 16 <= bytes; i += 16)
        {
            Vector128<int> s0 = Vector128.Create(Half), s1 = s0, s2 = s0, s3 = s0;
            byte* at = source + i;
            for (nint t = 0; t < count; t++)
            {
                Vector128<int> weight = Vector128.Create(weights[t]);
                Vector128<byte> samples = Vector128.Load(at);
                Vector128<ushort> low = AdvSimd.ZeroExtendWideningLower(samples.GetLower());
                Vector128<ushort> high = AdvSimd.ZeroExtendWideningUpper(samples);
                s0 = Weigh(s0, AdvSimd.ZeroExtendWideningLower(low.GetLower()), weight);
                s1 = Weigh(s1, AdvSimd.ZeroExtendWideningUpper(low), weight);
                s2 = Weigh(s2, AdvSimd.ZeroExtendWideningLower(high.GetLower()), weight);
                s3 = Weigh(s3, AdvSimd.ZeroExtendWideningUpper(high), weight);
                at += stride;
            }

            Vector64<byte> first = AdvSimd.ExtractNarrowingSaturateLower(Words(s0, s1));
            AdvSimd.ExtractNarrowingSaturateUpper(first, Words(s2, s3)).Store(destination + i);
        }

        BetweenRowsScalar(source + i, stride, weights, count, destination + i, bytes - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Weigh(Vector128<int> sum, Vector128<uint> samples, Vector128<int> weight) =>
        AdvSimd.MultiplyAdd(sum, samples.AsInt32(), weight);

    /// <summary>Eight sums without their fractional bits, those below zero clamped to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Words(Vector128<int> low, Vector128<int> high) =>
        AdvSimd.ExtractNarrowingSaturateUnsignedUpper(
            AdvSimd.ExtractNarrowingSaturateUnsignedLower(AdvSimd.ShiftRightArithmetic(low, Precision)),
            AdvSimd.ShiftRightArithmetic(high, Precision));
}
