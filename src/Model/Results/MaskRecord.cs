using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SamNative;

/// <summary>Run lengths as pycocotools compresses them.</summary>
internal sealed record RleJson(
    int[] Size, [property: JsonConverter(typeof(Utf8TextConverter))] ReadOnlyMemory<byte> Counts)
{
    public static RleJson Of(MaskRle mask) => new([mask.Size.Height, mask.Size.Width], mask.CocoRle);
}

/// <summary>Text that is kept in UTF-8, so that ragged masks are not written by way of strings as large as they are.</summary>
internal sealed class Utf8TextConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Encoding.UTF8.GetBytes(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException());

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Span);
}

/// <summary>What every form says about a mask beside its pixels, by the original's names.</summary>
internal interface IMaskNumbers
{
    /// <summary>The number of pixels.</summary>
    int Area { get; }

    /// <summary>[x, y, w, h].</summary>
    double[] Bbox { get; }

    /// <summary>The model's estimate.</summary>
    double PredictedIou { get; }

    /// <summary>[[x, y]].</summary>
    double[][] PointCoords { get; }

    /// <summary>Null for NaN, which JSON lacks.</summary>
    double? StabilityScore { get; }

    /// <summary>[x, y, w, h].</summary>
    double[] CropBox { get; }
}

/// <summary>The same with the pixels.</summary>
internal interface IMaskRecord : IMaskNumbers
{
    /// <summary>The pixels of the mask.</summary>
    RleJson Segmentation { get; }
}

/// <summary>From masks to what their records say, and back with every check.</summary>
internal static class MaskRecord
{
    public static double[] Box(MaskBounds bounds) => [bounds.X, bounds.Y, bounds.Width, bounds.Height];

    public static double[] Box(CropBox box) => [box.X, box.Y, box.Width, box.Height];

    public static double[][] Points(SamPoint point) => [[point.X, point.Y]];

    public static double? Stability(AutomaticMask mask) =>
        float.IsNaN(mask.StabilityScore) ? null : mask.StabilityScore;

    /// <summary>The masks one by one, as they are written: each is looked at, and the cancellation, before.</summary>
    public static IEnumerable<AutomaticMask> Each(IEnumerable<AutomaticMask> masks, CancellationToken cancellationToken)
    {
        foreach (AutomaticMask mask in masks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return mask;
        }
    }

    /// <summary>Refuses numbers that a file cannot hold, before anything is written to it.</summary>
    /// <exception cref="NonFiniteException">One is NaN or an infinity; a stability that is NaN stands for none.</exception>
    public static void CheckFinite(IEnumerable<AutomaticMask> masks)
    {
        foreach (AutomaticMask mask in masks)
        {
            double stability = float.IsNaN(mask.StabilityScore) ? 0 : mask.StabilityScore;
            double[] numbers = [mask.PredictedIou, stability, mask.Point.X, mask.Point.Y];
            int bad = Array.FindIndex(numbers, number => !double.IsFinite(number));
            if (bad >= 0)
            {
                throw new NonFiniteException(NonFiniteValues.Record, bad, numbers[bad]);
            }
        }
    }

    /// <summary>Makes the mask of a record.</summary>
    /// <inheritdoc cref="Make" path="/param"/>
    public static AutomaticMask Read(
        IMaskRecord record, string name, string place, MaskFileLimits limits, int outer = 0) =>
        Make(ReadRle(record.Segmentation, name, $"{place}.segmentation", limits), record, name, place, outer);

    /// <summary>Makes a mask of its pixels and what is said about them.</summary>
    /// <param name="place">Where that is, as <c>annotations[3]</c>.</param>
    /// <param name="outer">1 where the box counts pixels, 0 where it is the difference of the outermost ones.</param>
    public static AutomaticMask Make(MaskRle rle, IMaskNumbers record, string name, string place, int outer)
    {
        if (record.Area != rle.Area)
        {
            throw ResultJson.Contradiction(
                name, $"{place}.area", $"it is {record.Area}, and the mask has {rle.Area} pixels. Make the file again.");
        }

        if (record.PointCoords is not [[double x, double y]])
        {
            throw ResultJson.BadValue(name, $"{place}.point_coords", "it must be [[x, y]], one point.");
        }

        int[] crop = Integers(record.CropBox, name, $"{place}.crop_box");
        return new AutomaticMask
        {
            Segmentation = rle,
            Bounds = ReadBounds(record, rle, outer, name, $"{place}.bbox"),
            PredictedIou = (float)Finite(record.PredictedIou, name, $"{place}.predicted_iou"),
            StabilityScore = record.StabilityScore is { } score
                ? (float)Finite(score, name, $"{place}.stability_score")
                : float.NaN,
            Point = new SamPoint(
                Finite(x, name, $"{place}.point_coords"), Finite(y, name, $"{place}.point_coords")),
            CropBox = new CropBox(crop[0], crop[1], crop[2], crop[3]),
        };
    }

    /// <summary>Refuses a number that was there before.</summary>
    public static void CheckNew(HashSet<long> ids, long id, string name, string place)
    {
        if (!ids.Add(id))
        {
            throw ResultJson.Contradiction(name, place, $"the id {id} was there before. Give each its own.");
        }
    }

    /// <summary>Refuses a mask that is not of its picture's size.</summary>
    public static void CheckSize(AutomaticMask mask, ImageSize picture, string name, string place)
    {
        ImageSize size = mask.Segmentation.Size;
        if (size != picture)
        {
            throw ResultJson.Contradiction(
                name, place,
                $"the mask has {size.Width} x {size.Height} pixels and its picture {picture.Width} x {picture.Height}. "
                + "Make the file again.");
        }
    }

    private static MaskRle ReadRle(RleJson json, string name, string place, MaskFileLimits limits)
    {
        if (json.Size is not [int height, int width])
        {
            throw ResultJson.BadValue(name, $"{place}.size", "it must be [height, width].");
        }

        ImageSize size = new(height, width);
        limits.CheckSize(size, name);
        try
        {
            return MaskRle.FromCounts(CocoCounts.Decode(json.Counts.Span), size);
        }
        catch (MaskFormatException error)
        {
            throw new MaskFormatException(error.Code, name, 0, $"{place}.counts: {error.Message}");
        }
    }

    // The box of an empty mask may be anywhere: the original moves it with the crop.
    private static MaskBounds ReadBounds(IMaskNumbers record, MaskRle rle, int outer, string name, string place)
    {
        int[] box = Integers(record.Bbox, name, place);
        if (rle.Area == 0)
        {
            return new MaskBounds(box[0], box[1], box[2], box[3]);
        }

        MaskBounds bounds = rle.Bounds;
        int[] expected = [bounds.X, bounds.Y, bounds.Width + outer, bounds.Height + outer];
        return box.AsSpan().SequenceEqual(expected)
            ? bounds
            : throw ResultJson.Contradiction(
                name, place,
                $"it is [{string.Join(", ", box)}], and that of the mask is [{string.Join(", ", expected)}]. Make the "
                + "file again.");
    }

    private static int[] Integers(double[] values, string name, string place)
    {
        bool fits = values.Length == 4 && Array.TrueForAll(values, value => value is >= int.MinValue and <= int.MaxValue
            && double.IsInteger(value));
        return fits
            ? Array.ConvertAll(values, value => (int)value)
            : throw ResultJson.BadValue(name, place, "it must be [x, y, width, height], four whole numbers.");
    }

    private static double Finite(double value, string name, string place) => double.IsFinite((float)value)
        ? value
        : throw ResultJson.BadValue(name, place, "it must be a number that single precision can hold.");
}
