namespace SamNative;

/// <summary>
/// Masks as the SA-1B data set publishes them, a JSON file per picture:
/// <c>{"image":{"image_id","width","height","file_name"},"annotations":[{"id","segmentation","bbox","area",
/// "predicted_iou","point_coords","crop_box","stability_score"}]}</c>, run lengths compressed as COCO does. Annotations
/// are numbered from 1.
/// </summary>
public static class Sa1bFile
{
    private const string Form = "what SA-1B has there: {\"image\":{image_id,width,height,file_name},\"annotations\":"
        + "[{id,segmentation,bbox,area,predicted_iou,point_coords,crop_box,stability_score}]}";

    /// <summary>Writes the masks of a picture; the destination stays open.</summary>
    /// <exception cref="NonFiniteException">A score or point is NaN or an infinity; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static void Write(PictureMasks picture, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        MaskRecord.CheckFinite(picture.Masks);
        Sa1bImage image = new(picture.Id, picture.Size.Width, picture.Size.Height, picture.FileName);
        IEnumerable<AutomaticMask> masks = MaskRecord.Each(picture.Masks, cancellationToken);
        ResultJson.Write(new Sa1bJson(image, masks.Select((mask, i) => Sa1bAnnotation.Of(mask, i + 1))), destination);
    }

    /// <summary>Reads the masks of a picture from a file.</summary>
    /// <exception cref="MaskFormatException">The file does not hold such masks within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    public static PictureMasks Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        return Read(limits.ReadFile(path), path, limits);
    }

    /// <summary>Reads the masks of a picture from the content of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MaskFormatException">The content does not hold such masks within the limits.</exception>
    public static PictureMasks Read(
        ReadOnlySpan<byte> content, string name = "<memory>", MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        Sa1bJson json = ResultJson.Read<Sa1bJson>(content, name, Form, limits);
        Sa1bAnnotation[] annotations = ResultJson.Items(json.Annotations, name, "annotations");
        limits.CheckCount(annotations.Length, name);
        ImageSize size = new(json.Image.Height, json.Image.Width);
        limits.CheckSize(size, name);
        HashSet<long> ids = [];
        List<AutomaticMask> masks = [];
        for (int i = 0; i < annotations.Length; i++)
        {
            string place = $"annotations[{i}]";
            MaskRecord.CheckNew(ids, annotations[i].Id, name, place);
            AutomaticMask mask = MaskRecord.Read(annotations[i], name, place, limits);
            MaskRecord.CheckSize(mask, size, name, place);
            masks.Add(mask);
        }

        return new PictureMasks(json.Image.FileName, size, masks) { Id = json.Image.ImageId };
    }
}

/// <summary>The document.</summary>
internal sealed record Sa1bJson(Sa1bImage Image, IEnumerable<Sa1bAnnotation> Annotations);

/// <summary>Its picture.</summary>
internal sealed record Sa1bImage(long ImageId, int Width, int Height, string FileName);

/// <summary>One of its masks.</summary>
internal sealed record Sa1bAnnotation(
    long Id, RleJson Segmentation, double[] Bbox, int Area, double PredictedIou, double[][] PointCoords,
    double[] CropBox, double? StabilityScore) : IMaskRecord
{
    public static Sa1bAnnotation Of(AutomaticMask mask, long id) => new(
        id, RleJson.Of(mask.Segmentation), MaskRecord.Box(mask.Bounds), mask.Area, mask.PredictedIou,
        MaskRecord.Points(mask.Point), MaskRecord.Box(mask.CropBox), MaskRecord.Stability(mask));
}
