using System.Globalization;
using System.Text;

namespace SamNative.Cli;

/// <summary>Makes text from a file safe to show: it can neither move the cursor nor forge a line.</summary>
internal static class Printable
{
    private const int MaxCharacters = 200;

    /// <summary>Like <see cref="Plain"/>, cut: a stranger's text of a megabyte must not fill the screen.</summary>
    public static string Short(string text) =>
        text.Length > MaxCharacters ? $"{Plain(text[..MaxCharacters])}…" : Plain(text);

    /// <summary>The text with control characters, and those that are not ASCII, escaped as in JSON.</summary>
    public static string Plain(string text)
    {
        StringBuilder plain = new(text.Length);
        foreach (char c in text)
        {
            if (c is >= ' ' and <= '~')
            {
                plain.Append(c);
            }
            else
            {
                plain.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
        }

        return plain.ToString();
    }
}
