using System.Text.Json.Serialization;
using SamNative.Imaging;

namespace SamNative.Cli;

/// <summary>One picture after another to the files of its masks.</summary>
internal sealed class EverythingJob : IDisposable
{
    private readonly PictureInput pictures;
    private readonly AutomaticMaskGenerator generator;

    /// <param name="loaded">The model; it stays the caller's.</param>
    /// <param name="pictures">What reads the pictures.</param>
    /// <exception cref="CommandFailedException">The model has no decoder.</exception>
    public EverythingJob(LoadedModel loaded, AutomaticMaskOptions options, PictureInput pictures)
    {
        this.pictures = pictures;
        loaded.RequireDecoder();
        generator = new AutomaticMaskGenerator(loaded.Model, options);
    }

    /// <summary>Finds the masks of a picture.</summary>
    /// <param name="image">The picture's path, or - for stdin.</param>
    public FoundMasks Find(string image, IProgress<SamProgress> progress, CancellationToken cancellation)
    {
        DecodedImage picture = pictures.Load(image, cancellation);
        return new FoundMasks(image, picture, generator.Generate(picture.View, progress, cancellation));
    }

    /// <summary>Finds the masks of a picture and writes its files, which have been checked.</summary>
    /// <param name="image">The picture's path, or - for stdin.</param>
    /// <param name="label">What the line on the terminal says.</param>
    public FoundMasks Run(
        string image, EverythingOutputs outputs, bool force, string label, CancellationToken cancellation)
    {
        FoundMasks found;
        using (ProgressLine progress = new(label))
        {
            found = Find(image, progress, cancellation);
        }

        outputs.Write(image, found.Picture, found.Masks, force, cancellation);
        return found;
    }

    public void Dispose() => generator.Dispose();
}

/// <summary>A picture and what was found in it.</summary>
internal sealed record FoundMasks(string Image, DecodedImage Picture, IReadOnlyList<AutomaticMask> Masks);

/// <summary>What everything --json prints of a picture.</summary>
internal sealed record EverythingResult(
    string Image, int Width, int Height, string Model, IEnumerable<EverythingMask> Masks)
{
    public static EverythingResult Of(FoundMasks found, string model) => new(
        found.Image, found.Picture.Width, found.Picture.Height, model, found.Masks.Select(EverythingMask.Of));
}

/// <summary>One mask of it: the original's record, with the names that segment --json has.</summary>
internal sealed record EverythingMask(
    float Score, int Area, int[] Bbox, CocoRle Rle, float? StabilityScore, double[][] PointCoords, int[] CropBox)
{
    public static EverythingMask Of(AutomaticMask mask)
    {
        (MaskRle rle, MaskBounds box, CropBox crop) = (mask.Segmentation, mask.Bounds, mask.CropBox);
        return new EverythingMask(
            mask.PredictedIou, mask.Area, [box.X, box.Y, box.Width, box.Height],
            new CocoRle([rle.Size.Height, rle.Size.Width], rle.ToCocoRle()),
            float.IsNaN(mask.StabilityScore) ? null : mask.StabilityScore, [[mask.Point.X, mask.Point.Y]],
            [crop.X, crop.Y, crop.Width, crop.Height]);
    }
}

/// <summary>What everything --json prints of many pictures; the masks are in the files.</summary>
/// <param name="Pictures">How many there are, in all shards.</param>
/// <param name="Results">Those of this run whose masks were found now.</param>
/// <param name="Skipped">Those whose results were there.</param>
/// <param name="Failed">Those that came to nothing.</param>
/// <param name="PassedOver">Pictures in the folders, of all shards, whose formats are not read.</param>
internal sealed record ManyEverythingResult(
    string Model, string ModelSha256, int Pictures, IReadOnlyList<WrittenMasks> Results, IReadOnlyList<string> Skipped,
    IReadOnlyList<FailedPicture> Failed, IReadOnlyList<string> PassedOver);

/// <summary>One picture of it.</summary>
internal sealed record WrittenMasks(string Image, string Output, int Masks);

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EverythingResult))]
[JsonSerializable(typeof(ManyEverythingResult))]
internal sealed partial class EverythingJson : JsonSerializerContext;
