using Xunit;

namespace SamNative.Fuzz.Tests;

/// <summary>The judge itself: what it must call a find, and what not.</summary>
public sealed class TrialTests
{
    [Fact]
    public void A_reader_that_accepts_or_refuses_as_it_should_is_no_find()
    {
        Assert.Equal(new Trial(true, null), Judge(_ => { }));
        Assert.Equal(new Trial(false, null), Judge(_ => throw new FormatException("No: the name was cut…")));
    }

    [Fact]
    public void Another_exception_is_a_find() => AssertFind("TimeoutException", _ => throw new TimeoutException("no"));

    [Fact]
    public void An_exception_derived_from_the_reader_s_own_is_a_find() =>
        AssertFind("UriFormat", _ => throw new UriFormatException("no"));

    [Theory]
    [InlineData("\u001b[2J", "U+001B")]
    [InlineData("one\ntwo", "U+000A")]
    [InlineData("\u202e", "U+202E")]
    public void A_message_with_raw_text_is_a_find(string text, string found) =>
        AssertFind(found, _ => throw new FormatException(text));

    [Fact]
    public void Too_much_memory_is_a_find() => AssertFind("allocates", _ => _ = new byte[2_000]);

    [Fact]
    public void Too_much_time_is_a_find_when_it_is_so_each_time()
    {
        int slow = 1;
        FuzzTarget once = Target(_ => Thread.Sleep(slow-- > 0 ? 250 : 0));

        Assert.Null(Trial.Of(once, []).Problem);
        AssertFind(" ms, ", _ => Thread.Sleep(250));
    }

    [Fact]
    public void Mutations_are_the_same_for_the_same_number_and_others_for_others()
    {
        FuzzTarget target = Target(_ => { });

        Assert.Equal(target.Mutation(7), target.Mutation(7));
        Assert.InRange(Enumerable.Range(0, 1_000).Select(i => Convert.ToHexString(target.Mutation(i))).Distinct().Count(), 700, 1_000);
    }

    private static void AssertFind(string part, Action<byte[]> read) =>
        Assert.Contains(part, Judge(read).Problem, StringComparison.Ordinal);

    private static Trial Judge(Action<byte[]> read)
    {
        FuzzTarget target = Target(read);
        return Trial.Of(target, []);
    }

    private static FuzzTarget Target(Action<byte[]> read) => new(
        "test", FuzzTarget.Texts("{\"a\": [1, 2, 3]}"), ["{", "null"], read, [typeof(FormatException)], MaxBytes: 1_500);
}
