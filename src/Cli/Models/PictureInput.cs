using SamNative.Imaging;

namespace SamNative.Cli;

/// <summary>The pictures a verb reads.</summary>
internal static class PictureInput
{
    private static readonly string[] extensions = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>Reads a picture from a file, or from stdin where the path is -.</summary>
    public static DecodedImage Load(string path)
    {
        if (path == Output.Standard)
        {
            using Stream stdin = Console.OpenStandardInput();
            return ImageFile.Load(stdin, "<stdin>");
        }

        return Directory.Exists(path)
            ? throw new CommandFailedException($"{path} is a folder: give a picture.")
            : ImageFile.Load(path);
    }

    /// <summary>The pictures of a folder by their extensions, sorted by name.</summary>
    /// <exception cref="CommandFailedException">There are none.</exception>
    public static IReadOnlyList<string> InFolder(string folder)
    {
        string[] pictures =
        [
            .. Directory.EnumerateFiles(folder)
                .Where(file => extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal),
        ];
        return pictures.Length > 0
            ? pictures
            : throw new CommandFailedException($"{folder} holds no pictures ({string.Join(", ", extensions)}).");
    }
}
