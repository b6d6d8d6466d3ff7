using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using SamNative.Weights;

namespace SamNative.Web;

/// <summary>What the server is: for the page, and for programs that look before they ask.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Notice">A sentence for visitors.</param>
/// <param name="Bytes">The largest file of a picture that is taken.</param>
/// <param name="DecodedBytes">The most memory that decoding a picture may take.</param>
internal sealed record ModelReply(string Model, string? Notice, long Bytes, long DecodedBytes);

/// <summary>How far something is.</summary>
internal sealed record ProgressReply(int Done, int Total);

/// <summary>A picture that can be prompted.</summary>
/// <param name="Id">What prompts name it by; random, and for who uploaded it alone.</param>
/// <param name="Width">Pixels in a row, as the picture is seen: after the rotation that its EXIF data asks for.</param>
/// <param name="Height">Rows, as the picture is seen.</param>
/// <param name="Orientation">How the stored picture is turned to be upright: the EXIF orientation, 1 to 8.</param>
/// <param name="Notes">What is odd about the file, a sentence each.</param>
internal sealed record PictureReply(string Id, int Width, int Height, int Orientation, IReadOnlyList<string> Notes)
{
    public static PictureReply Of(string id, KeptPicture picture) =>
        new(id, picture.Width, picture.Height, picture.Orientation, picture.Notes);
}

/// <summary>What is asked of a picture: points, a box, an earlier mask, or any of them together.</summary>
internal sealed record PredictRequest
{
    private const int MaxPoints = 256;

    /// <summary>The picture.</summary>
    public required string Id { get; init; }

    /// <summary>Points [x, y] in pixels of the picture.</summary>
    public double[][]? Points { get; init; }

    /// <summary>For each point 1 (on it) or 0 (not on it); all 1 when left out.</summary>
    public int[]? Labels { get; init; }

    /// <summary>[x0, y0, x1, y1].</summary>
    public double[]? Box { get; init; }

    /// <summary>The token of an earlier mask of this picture, to start from.</summary>
    public string? Previous { get; init; }

    /// <summary>Three masks or one; when left out, three for a single point and one for everything else.</summary>
    public bool? Multimask { get; init; }

    /// <summary>Whether each mask gets a token, to be refined.</summary>
    public bool? Refine { get; init; }

    /// <summary>The form of the masks: rle (COCO's compressed run lengths, the default) or png (base64).</summary>
    public string? Format { get; init; }

    /// <summary>The prompt for the library.</summary>
    /// <exception cref="WebProblemException">It makes no sense whatever the picture is.</exception>
    public SamPrompt ToPrompt(ReadOnlyMemory<float> previous)
    {
        Check(Format is null or MaskReply.Rles or MaskReply.Pngs, "format is rle or png.");
        double[][] points = Points ?? [];
        int[] labels = Labels ?? [.. points.Select(_ => 1)];
        Check(points.Length <= MaxPoints, $"There are {points.Length} points; {MaxPoints} are the most.");
        Check(points.All(point => point is [_, _]), "Each of points must be [x, y].");
        Check(labels.Length == points.Length, $"There are {points.Length} points and {labels.Length} labels: give one for each.");
        Check(labels.All(label => label is 0 or 1), "Each of labels must be 1 (on it) or 0 (not on it).");
        Check(Box is null or [_, _, _, _], "box must be [x0, y0, x1, y1].");
        Check(points.Length > 0 || Box is not null || !previous.IsEmpty, "Say what is meant: give points, box or previous.");
        return new SamPrompt
        {
            Points = [.. points.Zip(labels, (point, label) => new SamPoint(point[0], point[1], (PointLabel)label))],
            Box = Box is [double x0, double y0, double x1, double y1] ? new SamBox(x0, y0, x1, y1) : null,
            MaskLogits = previous,
        };
    }

    private static void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw WebProblemException.BadRequest(otherwise);
        }
    }
}

/// <summary>The answer to a prompt.</summary>
/// <param name="Best">Which of the masks has the highest score.</param>
internal sealed record PredictReply(string Id, int Width, int Height, int Best, MaskReply[] Masks);

/// <summary>One mask of an answer.</summary>
/// <param name="Score">The model's own estimate of its intersection over union with what was meant.</param>
/// <param name="Area">Pixels.</param>
/// <param name="Bbox">[x, y, width, height], the size being the difference of extreme pixels.</param>
/// <param name="Rle">The mask, where run lengths were asked for.</param>
/// <param name="Png">The mask as a picture in base64, where that was asked for.</param>
/// <param name="Token">The name under which it can be refined.</param>
internal sealed record MaskReply(float Score, int Area, int[] Bbox, CocoRle? Rle, byte[]? Png = null, string? Token = null)
{
    public const string Rles = "rle";
    public const string Pngs = "png";

    public static MaskReply Of(SamMask mask, float score, string? format)
    {
        MaskBounds box = mask.Bounds;
        return new MaskReply(
            score, mask.Area, [box.X, box.Y, box.Width, box.Height],
            format == Pngs ? null : new CocoRle([mask.Height, mask.Width], mask.ToCocoRle()),
            format == Pngs ? ToPng(mask) : null);
    }

    /// <summary>A mask that was found without a prompt.</summary>
    public static MaskReply Of(AutomaticMask mask)
    {
        MaskBounds box = mask.Bounds;
        CropBox crop = mask.CropBox;
        ImageSize size = mask.Segmentation.Size;
        return new MaskReply(
            mask.PredictedIou, mask.Area, [box.X, box.Y, box.Width, box.Height],
            new CocoRle([size.Height, size.Width], mask.Segmentation.ToCocoRle()))
        {
            StabilityScore = float.IsNaN(mask.StabilityScore) ? null : mask.StabilityScore,
            PointCoords = [[mask.Point.X, mask.Point.Y]],
            CropBox = [crop.X, crop.Y, crop.Width, crop.Height],
        };
    }

    /// <summary>Of automatic masks: how little the mask depends on the threshold, 0 … 1.</summary>
    [JsonPropertyName("stability_score")]
    public float? StabilityScore { get; init; }

    /// <summary>Of automatic masks: the point [[x, y]] that it answers.</summary>
    [JsonPropertyName("point_coords")]
    public double[][]? PointCoords { get; init; }

    /// <summary>Of automatic masks: the part [x, y, width, height] of the picture in which it was found.</summary>
    [JsonPropertyName("crop_box")]
    public int[]? CropBox { get; init; }

    /// <summary>The mask as one that can be written to a file. What it does not say is NaN, or the whole picture.</summary>
    /// <exception cref="WebProblemException">It has no run lengths, or not those of this picture.</exception>
    public AutomaticMask ToAutomaticMask(KeptPicture picture)
    {
        MaskRle mask = (Rle ?? throw WebProblemException.BadRequest("Each of masks must have rle.")).ToRle(picture);
        double[] point = PointCoords is [[double x, double y]] ? [x, y] : [mask.Bounds.X, mask.Bounds.Y];
        return new AutomaticMask
        {
            Segmentation = mask,
            Bounds = mask.Bounds,
            PredictedIou = Score,
            StabilityScore = StabilityScore ?? float.NaN,
            Point = new SamPoint(point[0], point[1]),
            CropBox = CropBox is [int left, int top, int width, int height]
                ? new CropBox(left, top, width, height)
                : new CropBox(0, 0, picture.Width, picture.Height),
        };
    }

    private static byte[] ToPng(SamMask mask)
    {
        using MemoryStream png = new();
        mask.WritePng(png);
        return png.ToArray();
    }
}

/// <summary>A mask as pycocotools writes it.</summary>
/// <param name="Size">[height, width].</param>
/// <param name="Counts">Compressed run lengths down the columns.</param>
internal sealed record CocoRle(int[] Size, string Counts)
{
    /// <summary>The mask, which must be one of this picture.</summary>
    /// <exception cref="WebProblemException">It has another size.</exception>
    /// <exception cref="MaskFormatException">The run lengths are damaged.</exception>
    public MaskRle ToRle(KeptPicture picture)
    {
        ImageSize size = picture.Embedding.OriginalSize;
        return Size is [int height, int width] && new ImageSize(height, width) == size
            ? MaskRle.FromCocoRle(Counts, size)
            : throw WebProblemException.BadRequest(
                $"The mask must have the size [{size.Height}, {size.Width}], as its picture.");
    }
}

/// <summary>Their JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    Converters = [typeof(WholeNumberConverter<int>)])]
[JsonSerializable(typeof(ModelReply))]
[JsonSerializable(typeof(ProgressReply))]
[JsonSerializable(typeof(PictureReply))]
[JsonSerializable(typeof(PredictRequest))]
[JsonSerializable(typeof(PredictReply))]
[JsonSerializable(typeof(EverythingRequest))]
[JsonSerializable(typeof(EverythingReply))]
[JsonSerializable(typeof(ExportRequest))]
[JsonSerializable(typeof(CocoRequest))]
[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class WebJson : JsonSerializerContext;
