using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace SamNative.Weights;

/// <summary>
/// Makes text from a file safe to show: a hostile name must not forge a line of a log or fill a screen.
/// </summary>
internal static class Printable
{
    private const int MaxCharacters = 200;

    /// <summary>The text in double quotes.</summary>
    public static string Quote(string text) => $"\"{Plain(text)}\"";

    /// <summary>The text with quotes, control and other unprintable characters escaped; long text is cut.</summary>
    public static string Plain(string text)
    {
        StringBuilder plain = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxCharacters)))
        {
            if (c is >= ' ' and <= '~' and not ('"' or '\\'))
            {
                plain.Append(c);
            }
            else
            {
                plain.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
        }

        return plain.Append(text.Length > MaxCharacters ? "…" : "").ToString();
    }

    /// <summary>The first of several things, each fit to be shown, and how many more there are.</summary>
    public static string List(IEnumerable<string> things, int count)
    {
        const int most = 20;
        string first = string.Join(", ", things.Take(most));
        return count > most ? $"{first} and {count - most} more" : first;
    }

    /// <summary>A shape as <c>[1, 64, 64, 768]</c>; a very long one is cut.</summary>
    public static string Shape(ImmutableArray<long> shape)
    {
        const int maxRank = 16;
        string sides = string.Join(", ", shape.Take(maxRank));
        return shape.Length > maxRank ? $"[{sides}, … {shape.Length} dimensions]" : $"[{sides}]";
    }
}
