using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Whole rows of 4096 logits that go through the softmax kernels tile by tile.</summary>
[Trait("Lane", "quick")]
public sealed class SoftmaxRowTests
{
    private const int Groups = 64;
    private const int Width = 64;
    private const int TileGroups = 4;

    public static TheoryData<IsaLevel, float> LevelsAndRanges
    {
        get
        {
            TheoryData<IsaLevel, float> data = [];
            foreach (IsaLevel level in Levels.Available)
            {
                data.Add(level, 1f);
                data.Add(level, 12f);
                data.Add(level, 127f);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(LevelsAndRanges))]
    public void Probabilities_are_exact_to_single_precision_and_sum_to_one(IsaLevel level, float range)
    {
        float[] logits = Logits(1, range);
        float[] actual = Softmax(level, logits, TileGroups);
        double total = logits.Sum(x => Math.Pow(2, x));
        for (int i = 0; i < logits.Length; i++)
        {
            double exact = Math.Pow(2, logits[i]) / total;
            Ulp.Near(exact, actual[i], Math.Min(1e-6, (2e-6 * exact) + 1e-37), "probability", i);
        }

        Assert.Equal(1, actual.Sum(value => (double)value), 1e-5);
    }

    [Theory]
    [MemberData(nameof(LevelsAndRanges))]
    public void A_whole_number_added_to_all_logits_changes_no_bit(IsaLevel level, float range)
    {
        float[] logits = Logits(2, range);
        float[] expected = Softmax(level, logits, TileGroups);
        foreach (float shift in (float[])[1f, -3f, 200f, -4000f])
        {
            Assert.Equal(expected, Softmax(level, [.. logits.Select(x => x + shift)], TileGroups));
        }
    }

    [Theory]
    [MemberData(nameof(LevelsAndRanges))]
    public void The_size_of_a_tile_changes_no_bit(IsaLevel level, float range)
    {
        float[] logits = Logits(3, range / 2);
        float[] expected = Softmax(level, logits, Groups);
        foreach (int tileGroups in (int[])[1, 2, 4, 7, 63])
        {
            Assert.Equal(expected, Softmax(level, logits, tileGroups));
        }
    }

    [Theory]
    [MemberData(nameof(LevelsAndRanges))]
    public void A_logit_of_minus_infinity_has_probability_zero(IsaLevel level, float range)
    {
        float[] logits = Logits(4, range);
        for (int i = 0; i < logits.Length; i += 3)
        {
            logits[i] = float.NegativeInfinity;
        }

        float[] actual = Softmax(level, logits, TileGroups);
        Assert.All(actual.Where((_, i) => i % 3 == 0), value => Ulp.Same(0f, value, "probability", 0));
        Assert.Equal(1, actual.Sum(value => (double)value), 1e-5);
    }

    /// <summary>Multiples of 2^-10, so that whole numbers can be added without rounding.</summary>
    private static float[] Logits(int seed, float range)
    {
        Random random = new(seed);
        int steps = (int)(range * 1024);
        return [.. Enumerable.Range(0, Groups * Width).Select(_ => random.Next(-steps, steps + 1) / 1024f)];
    }

    private static unsafe float[] Softmax(IsaLevel level, float[] logits, int tileGroups)
    {
        KernelSet kernels = KernelTable.For(level);
        RunningCase.Note($"softmax of {logits.Length} in tiles of {tileGroups} groups, {level}");
        using GuardedBuffer row = GuardedBuffer.Of<float>(logits, GuardSide.Right);
        using GuardedBuffer sums = GuardedBuffer.Of<float>(new float[16], GuardSide.Right);
        float* largest = stackalloc float[16];
        new Span<float>(largest, 16).Fill(SoftmaxTile.MaskedLogit);
        float none = 0f;
        float shift = SoftmaxTile.NoShift;
        float scale;
        for (int group = 0; group < Groups; group += tileGroups)
        {
            int groups = Math.Min(tileGroups, Groups - group);
            float* tile = row.First<float>() + (group * Width);
            kernels.LogitBias(tile, groups * Width, &none, 0, 0, largest, 1, groups * Width);
            kernels.SoftmaxTile(
                tile, groups * Width, largest, 1, groups, Width, Width, &shift, sums.First<float>(), &scale);
            Rescale(row.Span<float>()[..(group * Width)], scale);
        }

        kernels.ReciprocalSums(sums.First<float>(), 1, &scale);
        Rescale(row.Span<float>(), scale);
        return row.Span<float>().ToArray();
    }

    private static void Rescale(Span<float> values, float factor)
    {
        foreach (ref float value in values)
        {
            value *= factor;
        }
    }
}
