using System.Globalization;
using System.Text;

namespace SamNative.Samples.Embedded;

/// <summary>The simplest picture files there are (Netpbm, binary, 8 bits): PPM in colour, PGM in gray.</summary>
internal static class Ppm
{
    /// <summary>Reads a PPM file: "P6", width, height, 255, and then the pixels, which are not copied.</summary>
    /// <exception cref="FormatException">It is no such file.</exception>
    public static ImageView Read(byte[] file)
    {
        int at = 0;
        return Word(file, ref at) is "P6" && Number(file, ref at) is var width && Number(file, ref at) is var height
            && Word(file, ref at) is "255"
                ? new ImageView(file.AsMemory(at), width, height)
                : throw new FormatException("This is no binary PPM file with 8 bits.");
    }

    /// <summary>Writes a mask: white in, black out.</summary>
    public static void Write(string path, SamMask mask) => File.WriteAllBytes(
        path, [.. Encoding.ASCII.GetBytes($"P5\n{mask.Width} {mask.Height}\n255\n"), .. mask.ToBytes()]);

    private static int Number(byte[] file, ref int at) =>
        int.Parse(Word(file, ref at), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The next word, and the one white space behind it.</summary>
    private static string Word(byte[] file, ref int at)
    {
        int length = file.AsSpan(at).IndexOfAny(" \t\r\n"u8);
        string word = Encoding.ASCII.GetString(file, at, Math.Clamp(length, 0, 9));
        at += word.Length + 1;
        return word;
    }
}
