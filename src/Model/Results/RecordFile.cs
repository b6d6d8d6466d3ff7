namespace SamNative;

/// <summary>
/// What the original's scripts/amg.py writes with --convert-to-rle: a JSON list of records, each with
/// <c>segmentation</c> (COCO's compressed run lengths), <c>area</c>, <c>bbox</c>, <c>predicted_iou</c>,
/// <c>point_coords</c>, <c>stability_score</c> (null for NaN) and <c>crop_box</c>.
/// </summary>
public static class RecordFile
{
    private const string Form = "a list of records with segmentation, area, bbox, predicted_iou, point_coords, "
        + "stability_score and crop_box";

    /// <summary>Writes masks; the destination stays open.</summary>
    /// <exception cref="NonFiniteException">A score or point is NaN or an infinity; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static void Write(
        IReadOnlyList<AutomaticMask> masks, Stream destination, CancellationToken cancellationToken = default)
    {
        MaskRecord.CheckFinite(masks);
        ResultJson.Write(MaskRecord.Each(masks, cancellationToken).Select(RecordJson.Of), destination);
    }

    /// <summary>Reads masks from a file.</summary>
    /// <exception cref="MaskFormatException">The file does not hold such masks within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    public static IReadOnlyList<AutomaticMask> Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        return Read(limits.ReadFile(path), path, limits);
    }

    /// <summary>Reads masks from the content of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MaskFormatException">The content does not hold such masks within the limits.</exception>
    public static IReadOnlyList<AutomaticMask> Read(
        ReadOnlySpan<byte> content, string name = "<memory>", MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        RecordJson[] records = ResultJson.Items(
            ResultJson.Read<IEnumerable<RecordJson>>(content, name, Form, limits), name, "$");
        limits.CheckCount(records.Length, name);
        return [.. records.Select((record, i) => MaskRecord.Read(record, name, $"[{i}]", limits))];
    }
}

/// <summary>A record of it.</summary>
internal sealed record RecordJson(
    RleJson Segmentation, int Area, double[] Bbox, double PredictedIou, double[][] PointCoords, double? StabilityScore,
    double[] CropBox) : IMaskRecord
{
    public static RecordJson Of(AutomaticMask mask) => new(
        RleJson.Of(mask.Segmentation), mask.Area, MaskRecord.Box(mask.Bounds), mask.PredictedIou,
        MaskRecord.Points(mask.Point), MaskRecord.Stability(mask), MaskRecord.Box(mask.CropBox));
}
