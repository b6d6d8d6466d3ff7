using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Text in columns.</summary>
public sealed class TableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell_and_numbers_stand_right()
    {
        Table table = new("name", ">bytes", "note");
        table.Add("a", "1", "one");
        table.Add("longer", "1234567", "two");

        Assert.Equal("name      bytes  note\na             1  one\nlonger  1234567  two\n", Text(table));
    }

    [Fact]
    public void A_long_last_cell_is_broken_at_its_words_and_commas()
    {
        Table table = new("key", "value");
        string words = string.Join(' ', Enumerable.Repeat("word", 50));
        string list = string.Join(',', Enumerable.Repeat("item", 50));
        table.Add("a", words);
        table.Add("b", list);

        string[] lines = Text(table).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.All(lines, line => Assert.InRange(line.Length, 1, 120));
        Assert.All(lines, line => Assert.Matches("^(key|a  |b  |   )  ", line));
        Assert.Equal(Letters($"a{words}b{list}"), Letters(string.Concat(lines.Skip(1))));
    }

    [Fact]
    public void Text_without_a_place_to_break_is_cut()
    {
        Table table = new("key", "value");
        table.Add("a", new string('x', 300));

        string full = new('x', 115);
        Assert.Equal($"key  value\na    {full}\n     {full}\n     {new string('x', 70)}\n", Text(table));
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter));

    private static string Text(Table table)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        table.WriteTo(writer);
        return writer.ToString();
    }
}
