using System.Text.Json.Serialization;

namespace SamNative.Cli;

/// <summary>The forms in which --format writes a mask.</summary>
internal static class MaskFormat
{
    public const string Png = "png";
    public const string Rle = "rle";
    public const string Coco = "coco";
    public const string Polygon = "polygon";

    public static string[] All { get; } = [Png, Rle, Coco, Polygon];

    /// <summary>The extension of such a file.</summary>
    public static string Extension(string format) => format == Png ? ".png" : ".json";

    public static void Write(SamMask mask, string format, Stream destination)
    {
        int[] size = [mask.Height, mask.Width];
        switch (format)
        {
            case Rle:
                Json.Write(new PlainRle(size, mask.ToRle()), MaskFormatJson.Default.PlainRle, destination);
                break;
            case Coco:
                Json.Write(new CocoRle(size, mask.ToCocoRle()), MaskFormatJson.Default.CocoRle, destination);
                break;
            case Polygon:
                Outlines outlines = new(size, [.. mask.ToPolygons().Select(Outline.Of)]);
                Json.Write(outlines, MaskFormatJson.Default.Outlines, destination);
                break;
            default:
                mask.WritePng(destination);
                break;
        }
    }
}

/// <summary>Run lengths down the columns, as the original's <c>uncompressed_rle</c>.</summary>
internal sealed record PlainRle(int[] Size, int[] Counts);

/// <summary>Run lengths as pycocotools compresses them.</summary>
internal sealed record CocoRle(int[] Size, string Counts);

/// <summary>The parts of a mask as polygons.</summary>
internal sealed record Outlines(int[] Size, Outline[] Polygons);

/// <summary>One part: corners [x, y] on the lines between pixels, and what is cut out of it.</summary>
internal sealed record Outline(int[][] Outer, int[][][] Holes)
{
    public static Outline Of(MaskPolygon polygon) => new(Corners(polygon.Outer), [.. polygon.Holes.Select(Corners)]);

    private static int[][] Corners(IReadOnlyList<(int X, int Y)> ring) =>
        [.. ring.Select(corner => new[] { corner.X, corner.Y })];
}

/// <summary>Their JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PlainRle))]
[JsonSerializable(typeof(CocoRle))]
[JsonSerializable(typeof(Outlines))]
internal sealed partial class MaskFormatJson : JsonSerializerContext;
