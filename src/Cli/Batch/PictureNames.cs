namespace SamNative.Cli;

/// <summary>Which files of a folder are pictures, by the endings of their names.</summary>
internal static class PictureNames
{
    private static readonly HashSet<string> others = new(StringComparer.OrdinalIgnoreCase)
    {
        ".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2", ".j2k", ".jpx", ".jpf", ".svg", ".ico", ".psd",
        ".exr", ".hdr", ".tga", ".qoi", ".pnm", ".ppm", ".pgm", ".pbm", ".pam", ".dcm", ".dng", ".raw", ".cr2", ".cr3",
        ".crw", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw",
    };

    /// <summary>The endings of what is read.</summary>
    public static IReadOnlyList<string> Read { get; } =
        [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif"];

    /// <summary>Whether a file of a folder is a picture of a format that is read.</summary>
    public static bool IsRead(string path) => Read.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it is a picture of another format.</summary>
    public static bool IsOther(string path) => others.Contains(Path.GetExtension(path));

    /// <summary>Says of what formats pictures are that are passed over; null where there are none.</summary>
    public static string? Describe(IReadOnlyCollection<string> passedOver)
    {
        if (passedOver.Count == 0)
        {
            return null;
        }

        IEnumerable<string> kinds = passedOver
            .GroupBy(path => Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
            .OrderByDescending(kind => kind.Count()).ThenBy(kind => kind.Key, StringComparer.OrdinalIgnoreCase)
            .Select(kind => $"{kind.Count()} {kind.Key.ToLowerInvariant()}");
        string files = passedOver.Count == 1
            ? "1 file that is a picture of another format"
            : $"{passedOver.Count} files that are pictures of other formats";
        string them = passedOver.Count == 1 ? "it" : "them";
        return $"passed over {files} ({string.Join(", ", kinds)}). Convert {them} to PNG or JPEG first.";
    }
}
