using System.Text.Json.Serialization;
using SamNative.Imaging;

namespace SamNative.Cli;

/// <summary>One picture after another to the files of its masks.</summary>
internal sealed class EverythingJob : IDisposable
{
    private readonly LoadedModel loaded;
    private readonly AutomaticMaskGenerator generator;

    /// <param name="loaded">The model; it stays the caller's.</param>
    /// <exception cref="CommandFailedException">The model has no decoder.</exception>
    public EverythingJob(LoadedModel loaded, AutomaticMaskOptions options)
    {
        loaded.RequireDecoder();
        this.loaded = loaded;
        generator = new AutomaticMaskGenerator(loaded.Model, options);
    }

    /// <summary>Finds the masks of a picture and writes its files, which have been checked.</summary>
    /// <param name="image">The picture's path, or - for stdin.</param>
    /// <param name="label">What the line on the terminal says.</param>
    public EverythingResult Run(
        string image, EverythingOutputs outputs, bool force, string label, CancellationToken cancellation)
    {
        DecodedImage picture = PictureInput.Load(image);
        IReadOnlyList<AutomaticMask> masks;
        using (ProgressLine progress = new(label))
        {
            masks = generator.Generate(picture.View, progress, cancellation);
        }

        outputs.Write(image, picture, masks, force, cancellation);
        return new EverythingResult(
            image, picture.Width, picture.Height, loaded.Name, [.. masks.Select(EverythingMask.Of)]);
    }

    public void Dispose() => generator.Dispose();
}

/// <summary>What everything --json prints of a picture.</summary>
internal sealed record EverythingResult(string Image, int Width, int Height, string Model, EverythingMask[] Masks);

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

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EverythingResult))]
internal sealed partial class EverythingJson : JsonSerializerContext;
