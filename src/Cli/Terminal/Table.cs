using System.Text;

namespace SamNative.Cli;

/// <summary>
/// Text in columns, made for a screen of 120 characters; the last column is broken where it is longer.
/// </summary>
/// <param name="headings">The columns' names; one that begins with &gt; aligns its column to the right.</param>
internal sealed class Table(params string[] headings)
{
    private const int ScreenWidth = 120;
    private const int NarrowestText = 30;
    private const string Gap = "  ";

    private readonly List<string[]> rows = [];

    /// <summary>Adds a row of as many cells as there are columns.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    public void WriteTo(TextWriter writer)
    {
        string[] names = [.. headings.Select(heading => heading.TrimStart('>'))];
        int[] widths = [.. names.Select((name, i) => rows.Select(row => row[i].Length).Append(name.Length).Max())];
        WriteRow(writer, names, widths);
        foreach (string[] row in rows)
        {
            WriteRow(writer, row, widths);
        }
    }

    private void WriteRow(TextWriter writer, string[] cells, int[] widths)
    {
        int last = cells.Length - 1;
        StringBuilder line = new();
        for (int i = 0; i < last; i++)
        {
            line.Append(Aligned(i)).Append(Gap);
        }

        if (IsRight(last))
        {
            writer.WriteLine(line.Append(Aligned(last)));
            return;
        }

        int indent = line.Length;
        foreach (string piece in Broken(cells[last], Math.Max(ScreenWidth - indent, NarrowestText)))
        {
            writer.WriteLine(line.Append(piece).ToString().TrimEnd());
            line.Clear().Append(' ', indent);
        }

        string Aligned(int column) =>
            IsRight(column) ? cells[column].PadLeft(widths[column]) : cells[column].PadRight(widths[column]);
    }

    private bool IsRight(int column) => headings[column].StartsWith('>');

    /// <summary>
    /// The text in pieces of at most so many characters, broken behind spaces and commas where there are any.
    /// </summary>
    private static IEnumerable<string> Broken(string text, int width)
    {
        while (text.Length > width)
        {
            int end = text.AsSpan(0, width).LastIndexOfAny(' ', ',') + 1;
            end = end > 0 ? end : width;
            yield return text[..end];
            text = text[end..];
        }

        yield return text;
    }
}
