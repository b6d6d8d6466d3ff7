using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Parts of a run.</summary>
public sealed class ShardTests
{
    [Fact]
    public void All_parts_are_the_whole_without_a_picture_twice_and_their_sizes_differ_by_one_at_most() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<PositiveInt>(), (pictures, count) =>
        {
            int[] all = [.. Enumerable.Range(0, pictures.Get)];
            IReadOnlyList<int>[] parts =
                [.. Enumerable.Range(0, count.Get).Select(index => new Shard(index, count.Get).Of(all))];
            Assert.Equal(all, parts.SelectMany(part => part).Order());
            Assert.InRange(parts.Max(part => part.Count) - parts.Min(part => part.Count), 0, 1);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0/1", 0, 1)]
    [InlineData("7/8", 7, 8)]
    public void It_is_written_i_of_n_counted_from_0(string text, int index, int count)
    {
        Assert.Null(Shard.TryParse(text, out Shard shard));

        Assert.Equal(new Shard(index, count), shard);
        Assert.Equal(text, shard.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("/8")]
    [InlineData("-1/8")]
    [InlineData("1/8/2")]
    [InlineData("0/0")]
    [InlineData("0/2000000")]
    [InlineData("99999999999/8")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains("give i/n", Shard.TryParse(text, out _), StringComparison.Ordinal);

    [Fact]
    public void Who_counts_from_1_is_told() =>
        Assert.Contains("counted from 0, so the last one is 7/8", Shard.TryParse("8/8", out _), StringComparison.Ordinal);
}
