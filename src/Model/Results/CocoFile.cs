namespace SamNative;

/// <summary>
/// Masks as COCO instances, any number of pictures in a JSON file: <c>{"images":[{"id","file_name","width","height"}],
/// "annotations":[{"id","image_id","category_id","segmentation","area","bbox","iscrowd", …}],"categories":[{"id","name",
/// "supercategory"}]}</c>. Run lengths, area and box are what pycocotools makes of the mask; its box counts pixels, so
/// that it is 1 wider and higher than the original's. Annotations also have <c>predicted_iou</c>,
/// <c>stability_score</c>, <c>point_coords</c> and <c>crop_box</c>, which COCO's tools pass over. All are of one category,
/// "object", since SAM names nothing.
/// </summary>
public static class CocoFile
{
    private const int ObjectCategory = 1;

    private const string Form = "what COCO instances have there: {\"images\":[{id,file_name,width,height}],"
        + "\"annotations\":[{id,image_id,category_id,segmentation,area,bbox,iscrowd,predicted_iou,stability_score,"
        + "point_coords,crop_box}],\"categories\":[{id,name,supercategory}]}";

    /// <summary>Writes the masks of pictures; the destination stays open.</summary>
    /// <exception cref="ArgumentException">Two pictures have the same number.</exception>
    /// <exception cref="NonFiniteException">A score or point is NaN or an infinity; nothing was written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static void Write(
        IReadOnlyList<PictureMasks> pictures, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        MaskRecord.CheckFinite(pictures.SelectMany(picture => picture.Masks));
        if (pictures.DistinctBy(picture => picture.Id).Count() != pictures.Count)
        {
            throw new ArgumentException("Two pictures have the same number: give each its own Id.", nameof(pictures));
        }

        CocoJson json = new(
            pictures.Select(picture => new CocoImage(
                picture.Id, picture.FileName, picture.Size.Width, picture.Size.Height)),
            pictures.SelectMany(picture => MaskRecord.Each(picture.Masks, cancellationToken), (picture, mask) => (picture.Id, Mask: mask))
                .Select((item, i) => CocoAnnotation.Of(item.Mask, i + 1, item.Id, ObjectCategory)),
            [new CocoCategory(ObjectCategory, "object", "")]);
        ResultJson.Write(json, destination);
    }

    /// <summary>Reads the masks of pictures from a file.</summary>
    /// <exception cref="MaskFormatException">The file does not hold such masks within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    public static IReadOnlyList<PictureMasks> Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        return Read(limits.ReadFile(path), path, limits);
    }

    /// <summary>Reads the masks of pictures from the content of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="MaskFormatException">The content does not hold such masks within the limits.</exception>
    public static IReadOnlyList<PictureMasks> Read(
        ReadOnlySpan<byte> content, string name = "<memory>", MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        CocoJson json = ResultJson.Read<CocoJson>(content, name, Form, limits);
        CocoImage[] images = ResultJson.Items(json.Images, name, "images");
        CocoAnnotation[] annotations = ResultJson.Items(json.Annotations, name, "annotations");
        limits.CheckCount(annotations.Length, name);
        HashSet<long> categories = [];
        foreach (CocoCategory category in ResultJson.Items(json.Categories, name, "categories"))
        {
            MaskRecord.CheckNew(categories, category.Id, name, "categories");
        }

        Dictionary<long, (ImageSize Size, List<AutomaticMask> Masks)> byImage = ReadImages(images, name, limits);
        HashSet<long> ids = [];
        for (int i = 0; i < annotations.Length; i++)
        {
            string place = $"annotations[{i}]";
            CocoAnnotation annotation = annotations[i];
            MaskRecord.CheckNew(ids, annotation.Id, name, place);
            if (!categories.Contains(annotation.CategoryId))
            {
                throw NotListed(name, $"{place}.category_id", annotation.CategoryId, "categories");
            }

            if (!byImage.TryGetValue(annotation.ImageId, out (ImageSize Size, List<AutomaticMask> Masks) image))
            {
                throw NotListed(name, $"{place}.image_id", annotation.ImageId, "images");
            }

            AutomaticMask mask = MaskRecord.Read(annotation, name, place, limits, outer: 1);
            MaskRecord.CheckSize(mask, image.Size, name, place);
            image.Masks.Add(mask);
        }

        return
        [
            .. images.Select(image => new PictureMasks(
                image.FileName, byImage[image.Id].Size, byImage[image.Id].Masks) { Id = image.Id }),
        ];
    }

    private static Dictionary<long, (ImageSize Size, List<AutomaticMask> Masks)> ReadImages(
        CocoImage[] images, string name, MaskFileLimits limits)
    {
        HashSet<long> ids = [];
        Dictionary<long, (ImageSize Size, List<AutomaticMask> Masks)> byImage = [];
        for (int i = 0; i < images.Length; i++)
        {
            MaskRecord.CheckNew(ids, images[i].Id, name, $"images[{i}]");
            ImageSize size = new(images[i].Height, images[i].Width);
            limits.CheckSize(size, name);
            byImage.Add(images[i].Id, (size, []));
        }

        return byImage;
    }

    private static MaskFormatException NotListed(string name, string place, long id, string list) =>
        ResultJson.Contradiction(name, place, $"{id} is not among the {list}. Add it there, or make the file again.");
}

/// <summary>The document.</summary>
internal sealed record CocoJson(
    IEnumerable<CocoImage> Images, IEnumerable<CocoAnnotation> Annotations, IEnumerable<CocoCategory> Categories);

/// <summary>One of its pictures.</summary>
internal sealed record CocoImage(long Id, string FileName, int Width, int Height);

/// <summary>What its masks may be of.</summary>
internal sealed record CocoCategory(long Id, string Name, string Supercategory);

/// <summary>One of its masks; iscrowd is 0, although COCO's own run lengths are of crowds, so that it counts as a thing.</summary>
internal sealed record CocoAnnotation(
    long Id, long ImageId, long CategoryId, RleJson Segmentation, int Area, double[] Bbox, int Iscrowd,
    double PredictedIou, double? StabilityScore, double[][] PointCoords, double[] CropBox) : IMaskRecord
{
    public static CocoAnnotation Of(AutomaticMask mask, long id, long imageId, long categoryId)
    {
        MaskBounds box = mask.Bounds;
        MaskBounds counted = mask.Area == 0 ? box : new(box.X, box.Y, box.Width + 1, box.Height + 1);
        return new CocoAnnotation(
            id, imageId, categoryId, RleJson.Of(mask.Segmentation), mask.Area, MaskRecord.Box(counted), Iscrowd: 0,
            mask.PredictedIou, MaskRecord.Stability(mask), MaskRecord.Points(mask.Point), MaskRecord.Box(mask.CropBox));
    }
}
