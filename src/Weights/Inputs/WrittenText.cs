using System.Text;

namespace SamNative.Weights;

/// <summary>
/// Text as people's editors save it: in UTF-8 with a byte order mark or without, or in UTF-16 with one, and with the line
/// ends of any system.
/// </summary>
internal static class WrittenText
{
    private static readonly string[] lineEnds = ["\r\n", "\n", "\r"];

    /// <summary>The text in UTF-8 without a mark; a copy only of what is in UTF-16.</summary>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        return content.StartsWith(mark) ? content[mark.Length..]
            : FromUtf16(content, Encoding.Unicode) ?? FromUtf16(content, Encoding.BigEndianUnicode) ?? content;
    }

    /// <summary>The text as a string, without a mark.</summary>
    public static string Decode(ReadOnlySpan<byte> content) => Encoding.UTF8.GetString(ToUtf8(content));

    /// <summary>The lines of a text, the last one empty where the text ends with a line end.</summary>
    public static string[] Lines(string text) => text.Split(lineEnds, StringSplitOptions.None);

    private static byte[]? FromUtf16(ReadOnlySpan<byte> content, Encoding utf16)
    {
        ReadOnlySpan<byte> mark = utf16.Preamble;
        return content.StartsWith(mark) ? Encoding.UTF8.GetBytes(utf16.GetString(content[mark.Length..])) : null;
    }
}
