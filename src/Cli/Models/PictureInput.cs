using System.CommandLine;
using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Reads the pictures of a verb.</summary>
/// <param name="maxMegabytes">What <see cref="MaxMegabytes()"/> says; 0 where it is not given.</param>
/// <param name="say">Writes a sentence that stays, for people.</param>
internal sealed class PictureInput(int maxMegabytes, Action<string> say)
{
    private const string LimitOption = "--max-picture-mb";
    private const int MostMegabytes = 1 << 20;

    private readonly ImageLimits limits = maxMegabytes == 0 ? ImageLimits.Default : Limits(maxMegabytes);

    /// <summary>The option for how large pictures may be.</summary>
    public static Option<int> MaxMegabytes() => MaxMegabytes(
        "The memory in MiB that decoding a picture may take: 3 bytes a pixel for a JPEG as cameras write it, 9 for a "
        + "progressive one, 8 for other formats; the file may have half as much. Default: "
        + $"{ImageLimits.Default.MaxDecodedBytes >> 20}, enough for a photo of 350 megapixels.");

    /// <summary>The option with another description.</summary>
    public static Option<int> MaxMegabytes(string description) =>
        SharedOptions.Count(LimitOption, MostMegabytes, description);

    /// <summary>Reads a picture from a file, or from stdin where the path is -.</summary>
    /// <param name="cancellation">Ends the waiting for what is not a regular file.</param>
    public DecodedImage Load(string path, CancellationToken cancellation)
    {
        DecodedImage picture;
        try
        {
            picture = Read(path, cancellation);
        }
        catch (ImageFormatException error) when (
            error.Code is ImageFormatError.TooManyPixels or ImageFormatError.FileTooLarge)
        {
            throw new CommandFailedException(
                $"{error.FileName}: {error.Reason} Make it smaller, or allow more with {LimitOption}.");
        }

        foreach (string note in picture.Notes)
        {
            say($"{Printable.Plain(path)}: {note}");
        }

        return picture;
    }

    private DecodedImage Read(string path, CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            throw new CommandFailedException($"{path} is a folder: give a picture.");
        }

        bool isStandard = path == Output.Standard;
        using Stream stream = isStandard ? InputFile.OpenStandard(cancellation) : InputFile.Open(path, cancellation);
        return ImageFile.Load(stream, isStandard ? "<stdin>" : path, limits);
    }

    private static ImageLimits Limits(int megabytes) => new()
    {
        MaxDecodedBytes = (long)megabytes << 20,
        MaxFileBytes = Math.Min((long)megabytes << 19, Array.MaxLength),
    };
}
