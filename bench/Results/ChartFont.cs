using ScottPlot;
using SkiaSharp;

namespace SamNative.Bench;

/// <summary>
/// A font for charts. The build of Skia that needs no other library of the system knows no fonts on Linux; there one is
/// taken from where systems keep them.
/// </summary>
internal static class ChartFont
{
    private const string SystemFonts = "/usr/share/fonts";

    private static readonly string[] wellKnown = ["DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf"];

    /// <summary>The name of a font; null where there is none.</summary>
    public static string? Find()
    {
        if (!string.IsNullOrEmpty(SKTypeface.Default.FamilyName))
        {
            return Fonts.Default;
        }

        if (!Directory.Exists(SystemFonts))
        {
            return null;
        }

        string[] files = Directory.GetFiles(SystemFonts, "*.ttf", SearchOption.AllDirectories);
        string? file = wellKnown
            .Select(name => Array.Find(files, path => Path.GetFileName(path) == name))
            .FirstOrDefault(path => path is not null) ?? files.FirstOrDefault();
        if (file is null)
        {
            return null;
        }

        const string Name = "chart";
        Fonts.AddFontFile(Name, file, bold: false, italic: false);
        return Name;
    }
}
