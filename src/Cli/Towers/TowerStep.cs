using SamNative.Imaging;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>What a tower made of a picture, and the picture's size.</summary>
internal sealed record PictureFeatures(ImageSize Size, TowerFeatures Features);

/// <summary>A picture becomes features, NAME.safetensors in a folder.</summary>
/// <param name="pictures">What reads the pictures.</param>
internal sealed class TowerStep(VisualTower tower, string folder, PictureInput pictures) : IBatchStep<PictureFeatures>
{
    private readonly List<WrittenFeatures> written = [];

    /// <summary>The features that were written.</summary>
    public IReadOnlyList<WrittenFeatures> Written => written;

    /// <summary>Encodes a picture.</summary>
    /// <param name="path">The picture; - for stdin.</param>
    public static PictureFeatures Encode(
        VisualTower tower, string path, PictureInput pictures, IProgress<SamProgress> progress, CancellationToken cancellation)
    {
        DecodedImage picture = pictures.Load(path, cancellation);
        ImageSize size = new(picture.View.Height, picture.View.Width);
        return new PictureFeatures(size, tower.Encode(picture.View, progress, cancellation));
    }

    public IEnumerable<string> Targets(Picture picture) => [Target(picture)];

    /// <summary>
    /// Whether the features are there, whole, and made by this model in the same way. The file says so itself; its values are
    /// not read.
    /// </summary>
    /// <exception cref="CommandFailedException">There is something else in its place.</exception>
    public bool IsDone(Picture picture)
    {
        string target = Target(picture);
        if (FileStatus.Of(target).Kind is not FileKind.Regular)
        {
            return false;
        }

        try
        {
            return FeaturesFile.Difference(target, tower) is { } reason
                ? throw FormerResult.InTheWay(target, reason)
                : true;
        }
        catch (SafetensorsException error) when (FormerResult.IsCutShort(error.Code))
        {
            return false;
        }
        catch (SafetensorsException)
        {
            throw FormerResult.InTheWay(target, "it is no safetensors file");
        }
    }

    public PictureFeatures Make(Picture picture, IProgress<SamProgress> progress, CancellationToken cancellation) =>
        Encode(tower, picture.Path, pictures, progress, cancellation);

    public void Save(Picture picture, PictureFeatures made)
    {
        string target = Target(picture);
        Output.MakeFolderOf(target);
        // What must not be replaced has been found before anything was computed.
        FeaturesFile.Writer(tower, made.Size, made.Features).Save(target, overwrite: true);
        written.Add(WrittenFeatures.Of(picture.Path, target, made.Features));
    }

    private string Target(Picture picture) => picture.Target(folder, ".safetensors");
}
