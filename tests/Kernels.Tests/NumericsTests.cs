using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// The accuracy of 2^x and GELU, over every 97th float of the range where they are used, or every float in a long
/// run. They are taken from the kernels that contain them, at every level.
/// </summary>
public sealed class NumericsTests
{
    /// <summary>Below it both functions are linear to single precision.</summary>
    private const float Smallest = 1f / (1 << 30);

    private static readonly int stride = LongRun.Asked ? 1 : 97;

    public static TheoryData<IsaLevel> AvailableLevels => [.. Levels.Available];

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Powers_of_two_are_within_2_ulp(IsaLevel level) =>
        Sweep(Smallest, 130f, stride, x => CheckPowers(level, x));

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Gelu_is_within_its_tolerance(IsaLevel level) => Sweep(Smallest, 16f, stride, x => CheckGelu(level, x));

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Gelu_of_all_magnitudes_is_within_its_tolerance(IsaLevel level) =>
        Sweep(0f, float.MaxValue, 1_000_003, x => CheckGelu(level, x));

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Gelu_knows_infinities_and_lets_NaN_through(IsaLevel level)
    {
        float[] values = new float[16];
        (values[0], values[1], values[2]) = (float.PositiveInfinity, float.NegativeInfinity, float.NaN);
        Assert.Equal([float.PositiveInfinity, 0f, float.NaN, 0f], Gelus(level, values)[..4]);
    }

    /// <summary>Positive floats from one to another, in batches of whole lanes.</summary>
    private static void Sweep(float from, float to, int step, Action<float[]> check)
    {
        const int Batch = 4096;
        int last = BitConverter.SingleToInt32Bits(to);
        float[] batch = new float[Batch];
        int count = 0;
        for (long bits = BitConverter.SingleToInt32Bits(from); bits <= last; bits += step)
        {
            batch[count++] = BitConverter.Int32BitsToSingle((int)bits);
            if (count == Batch)
            {
                check(batch);
                count = 0;
            }
        }

        Array.Fill(batch, to, count, Batch - count);
        check(batch);
    }

    private static void CheckGelu(IsaLevel level, float[] batch)
    {
        float[] values = [.. batch, .. batch.Select(x => -x)];
        RunningCase.Note($"GELU of {batch[0]} and on, {level}");
        float[] results = Gelus(level, values);
        for (int i = 0; i < values.Length; i++)
        {
            double exact = Oracle.Gelu(values[i]);
            Ulp.Near(exact, results[i], Oracle.GeluTolerance(exact), "gelu", BitConverter.SingleToInt32Bits(values[i]));
        }
    }

    /// <summary>What the kernel makes of whole lanes of values, a bias of zero added to them.</summary>
    private static unsafe float[] Gelus(IsaLevel level, float[] values)
    {
        using GuardedBuffer tile = GuardedBuffer.Of<float>(values, GuardSide.Right);
        using GuardedBuffer bias = GuardedBuffer.Of<float>(new float[values.Length], GuardSide.Right);
        KernelTable.For(level).BiasGelu(
            tile.First<float>(), 0, bias.First<float>(), tile.First<float>(), 0, 1, values.Length);
        return tile.Span<float>().ToArray();
    }

    /// <summary>A softmax tile whose largest logit is 0 gives 2^x for the others, which are negative.</summary>
    private static unsafe void CheckPowers(IsaLevel level, float[] batch)
    {
        float[] negatives = [.. batch.Select(x => -x), .. new float[16]];
        RunningCase.Note($"powers of two from {batch[0]} on, {level}");
        using GuardedBuffer row = GuardedBuffer.Of<float>(negatives, GuardSide.Right);
        using GuardedBuffer sums = GuardedBuffer.Of<float>(new float[16], GuardSide.Right);
        float* largest = stackalloc float[16];
        new Span<float>(largest, 16).Clear();
        float shift = SoftmaxTile.NoShift;
        float scale;
        KernelTable.For(level).SoftmaxTile(
            row.First<float>(), negatives.Length, largest, 1, 1, negatives.Length, negatives.Length, &shift,
            sums.First<float>(), &scale);
        Span<float> powers = row.Span<float>();
        Assert.Equal(1f, powers[^1]);
        for (int i = 0; i < batch.Length; i++)
        {
            double exact = Math.Pow(2, negatives[i]);
            if (batch[i] <= 125f || powers[i] != 0f)
            {
                Ulp.Near(exact, powers[i], 2 * Ulp.At(exact), "power", BitConverter.SingleToInt32Bits(negatives[i]));
            }

            // From half below 2^-125 on, the power of the nearest integer has no place among the normal numbers.
            if (batch[i] > 125.5f)
            {
                Ulp.Same(0f, powers[i], "power", BitConverter.SingleToInt32Bits(negatives[i]));
            }
        }
    }
}
