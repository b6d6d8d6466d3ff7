using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Masks;

/// <summary>Run lengths and COCO's string: round trips, a plain oracle, and input that lies.</summary>
public sealed class RunLengthTests
{
    [Fact]
    public void Runs_are_those_of_a_walk_down_the_columns() => RandomMasks.All(mask =>
        mask.ToRle().AsSpan().SequenceEqual(WalkDownTheColumns(mask)));

    [Fact]
    public void Runs_come_back() => RandomMasks.All(mask =>
        Same(mask, SamMask.FromRle(mask.ToRle(), mask.Width, mask.Height)));

    [Fact]
    public void Coco_strings_come_back() => RandomMasks.All(mask =>
        Same(mask, SamMask.FromCocoRle(mask.ToCocoRle(), mask.Width, mask.Height)));

    [Fact]
    public void Runs_of_length_zero_join_their_neighbours()
    {
        SamMask mask = SamMask.FromRle([1, 2, 0, 1, 0, 0, 2], 2, 3);

        Assert.Equal([1, 3, 2], mask.ToRle());
    }

    [Fact]
    public void Differences_of_large_counts_keep_their_sign()
    {
        int[] counts = [10_000_000, 1, 1, 9_999_990, 10_000_000, 7, 1];
        byte[] text = CocoCounts.Encode(counts);

        Assert.Equal(counts, CocoCounts.Decode<byte>(text));
    }

    [Theory]
    [InlineData("1/5", MaskFormatError.BadCharacter, 1)]
    [InlineData("1p5", MaskFormatError.BadCharacter, 1)]
    [InlineData("1\u2603", MaskFormatError.BadCharacter, 1)]
    [InlineData("1P", MaskFormatError.Truncated, 2)]
    [InlineData("PPPPPPPPPP0", MaskFormatError.NumberTooLong, 7)]
    [InlineData("1O4", MaskFormatError.NegativeCount, 1)]
    [InlineData("111K1", MaskFormatError.NegativeCount, 3)]
    [InlineData("oooooo7", MaskFormatError.TooManyPixels, 0)]
    [InlineData("151", MaskFormatError.TooManyPixels, 2)]
    [InlineData("14", MaskFormatError.TooFewPixels, 2)]
    [InlineData("", MaskFormatError.TooFewPixels, 0)]
    public void Damaged_strings_are_refused_with_code_and_position(string text, MaskFormatError code, int position)
    {
        MaskFormatException exception =
            Assert.Throws<MaskFormatException>(() => SamMask.FromCocoRle(text, 2, 3));

        Assert.Equal(code, exception.Code);
        Assert.Equal(position, exception.Position);
        Assert.All(exception.Message, character => Assert.InRange(character, ' ', '~'));
    }

    [Theory]
    [InlineData(new[] { 2, -1, 5 }, MaskFormatError.NegativeCount, 1)]
    [InlineData(new[] { 2, 5 }, MaskFormatError.TooManyPixels, 1)]
    [InlineData(new[] { int.MaxValue, int.MaxValue, 3 }, MaskFormatError.TooManyPixels, 0)]
    [InlineData(new[] { 2, 3 }, MaskFormatError.TooFewPixels, 2)]
    public void Impossible_runs_are_refused_with_code_and_index(int[] counts, MaskFormatError code, int position)
    {
        MaskFormatException exception = Assert.Throws<MaskFormatException>(() => SamMask.FromRle(counts, 2, 3));

        Assert.Equal(code, exception.Code);
        Assert.Equal(position, exception.Position);
    }

    [Fact]
    public void A_string_of_the_wrong_total_allocates_no_mask()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MaskFormatException>(() => SamMask.FromCocoRle("1", 40_000, 40_000));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 1 << 20, $"{allocated} bytes");
    }

    [Fact]
    public void Every_truncation_of_a_string_is_refused()
    {
        string text = MaskUtilsReference.Values(2).GetProperty("coco_rle").GetString()!;

        for (int length = 0; length < text.Length; length++)
        {
            Assert.Throws<MaskFormatException>(() => SamMask.FromCocoRle(text.AsSpan(0, length), 77, 31));
        }
    }

    [Fact]
    public void Twenty_thousand_damaged_strings_give_a_mask_or_the_one_exception()
    {
        JsonElement[] masks = [.. Enumerable.Range(0, 6).Select(MaskUtilsReference.Values)];
        string[] seeds = [.. masks.Select(mask => mask.GetProperty("coco_rle").GetString()!)];
        int[][] sizes = [.. masks.Select(mask => MaskUtilsReference.Integers(mask.GetProperty("size")))];
        Random random = new(20260902);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            int seed = i % seeds.Length;
            string text = Damage(seeds[seed], random);
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan start = ProcessorTime.OfThread;
            try
            {
                SamMask mask = SamMask.FromCocoRle(text, sizes[seed][1], sizes[seed][0]);
                Assert.True(Same(mask, SamMask.FromRle(mask.ToRle(), mask.Width, mask.Height)), text);
            }
            catch (MaskFormatException)
            {
                refused++;
            }

            Assert.True(ProcessorTime.OfThread - start < TimeSpan.FromSeconds(1), text);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - bytes < 1 << 20, text);
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    private static string Damage(string text, Random random)
    {
        List<char> characters = [.. text];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(characters.Count + 1);
            switch (random.Next(5))
            {
                case 0:
                    characters.Insert(at, (char)random.Next('0', 'p'));
                    break;
                case 1:
                    characters.RemoveRange(at, random.Next(characters.Count - at + 1));
                    break;
                case 2:
                    characters.InsertRange(at, text.Take(random.Next(text.Length + 1)));
                    break;
                case 3 when at < characters.Count:
                    characters[at] = (char)random.Next(0x10000);
                    break;
                case 4 when at < characters.Count:
                    characters[at] = (char)(characters[at] ^ (1 << random.Next(6)));
                    break;
                default:
                    characters.AddRange("oooooo");
                    break;
            }
        }

        return string.Concat(characters);
    }

    private static int[] WalkDownTheColumns(SamMask mask)
    {
        List<int> counts = [0];
        bool current = false;
        for (int x = 0; x < mask.Width; x++)
        {
            for (int y = 0; y < mask.Height; y++)
            {
                if (mask[x, y] != current)
                {
                    current = !current;
                    counts.Add(0);
                }

                counts[^1]++;
            }
        }

        return [.. counts];
    }

    private static bool Same(SamMask first, SamMask second) =>
        first.Width == second.Width && first.ToBytes().AsSpan().SequenceEqual(second.ToBytes());
}
