using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The pictures a verb reads.</summary>
internal static class PictureInput
{
    /// <summary>By these a file of a folder counts as a picture.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>Whether a file of a folder counts as a picture, by its name.</summary>
    public static bool HasKnownExtension(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a picture from a file, or from stdin where the path is -.</summary>
    /// <param name="cancellation">Ends the waiting for what is no regular file.</param>
    public static DecodedImage Load(string path, CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            throw new CommandFailedException($"{path} is a folder: give a picture.");
        }

        bool isStandard = path == Output.Standard;
        using Stream stream = isStandard ? InputFile.OpenStandard(cancellation) : InputFile.Open(path, cancellation);
        return ImageFile.Load(stream, isStandard ? "<stdin>" : path);
    }
}
