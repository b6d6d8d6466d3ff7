using System.Text.Json.Serialization;

namespace SamNative;

/// <summary>
/// Masks for labelme, a JSON file beside its picture. A part of a mask without holes is a shape of the type polygon, its
/// corners on the lines between pixels; one with holes, which labelme's polygons cannot have, is a shape of the type mask.
/// The shapes of one mask share a <c>group_id</c>, its index. Scores have no place in it.
/// </summary>
public static class LabelmeFile
{
    private const string Polygon = "polygon";
    private const string Mask = "mask";
    private const string Label = "object";

    /// <summary>The first release whose masks are those written here; labelme warns of another first number.</summary>
    private const string Version = "5.2.0";

    private const string Form = "what labelme has there: {version,flags,shapes:[{label,points,group_id,shape_type,flags,"
        + "mask}],imagePath,imageData,imageHeight,imageWidth}";

    /// <summary>Writes the masks of a picture; the destination stays open.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static void Write(PictureMasks picture, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        LabelmeJson json = new(
            Version, [],
            picture.Masks.SelectMany((mask, i) => Shapes(mask.Segmentation.ToMask(cancellationToken), i, cancellationToken)),
            picture.FileName, null, picture.Size.Height, picture.Size.Width);
        ResultJson.Write(json, destination);
    }

    /// <summary>Reads the masks of a picture from a file, also one that labelme has saved again.</summary>
    /// <returns>The masks in the order of their first shape; a shape without a group is a mask of its own.</returns>
    /// <exception cref="MaskFormatException">
    /// The file does not hold such masks within the limits, or has shapes of another type.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    public static IReadOnlyList<MaskRle> Read(string path, MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        return Read(limits.ReadFile(path), path, limits);
    }

    /// <summary>Reads the masks of a picture from the content of a file.</summary>
    /// <param name="name">What errors call it.</param>
    /// <inheritdoc cref="Read(string, MaskFileLimits?)" path="/returns"/>
    /// <exception cref="MaskFormatException">
    /// The content does not hold such masks within the limits, or has shapes of another type.
    /// </exception>
    public static IReadOnlyList<MaskRle> Read(
        ReadOnlySpan<byte> content, string name = "<memory>", MaskFileLimits? limits = null)
    {
        limits ??= MaskFileLimits.Default;
        LabelmeJson json = ResultJson.Read<LabelmeJson>(content, name, Form, limits);
        ImageSize size = new(json.ImageHeight, json.ImageWidth);
        limits.CheckSize(size, name);
        (LabelmeShape Shape, int Index)[] shapes =
        [
            .. ResultJson.Items(json.Shapes, name, "shapes").Select((shape, i) => (shape, i)),
        ];
        limits.CheckCount(shapes.Length, name);
        limits.CheckDrawn(size, shapes.Length, name);
        List<MaskRle> masks = [];
        foreach (IGrouping<(long, int), (LabelmeShape, int)> group in shapes.GroupBy(item => item.Shape.GroupId is { } id ? (id, -1) : (0L, item.Index)))
        {
            SamMask whole = new(size.Width, size.Height);
            foreach ((LabelmeShape shape, int i) in group)
            {
                whole.Join(Draw(shape, size, name, $"shapes[{i}]", limits));
            }

            masks.Add(MaskRle.FromMask(whole));
        }

        return masks;
    }

    private static IEnumerable<LabelmeShape> Shapes(SamMask mask, int group, CancellationToken cancellationToken)
    {
        foreach (MaskPolygon part in mask.ToPolygons(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (part.Holes.Count == 0)
            {
                double[][] corners = [.. part.Outer.Select(corner => new double[] { corner.X, corner.Y })];
                yield return new LabelmeShape(Label, corners, group, Polygon, [], null);
            }
            else
            {
                yield return Part(part, mask, group);
            }
        }
    }

    // The mask of a shape covers the rectangle of its two points, both of which are pixels of it.
    private static LabelmeShape Part(MaskPolygon part, SamMask mask, int group)
    {
        int left = part.Outer.Min(corner => corner.X), right = part.Outer.Max(corner => corner.X);
        int top = part.Outer.Min(corner => corner.Y), bottom = part.Outer.Max(corner => corner.Y);
        IEnumerable<IReadOnlyList<(double X, double Y)>> rings = part.Holes.Prepend(part.Outer).Select(
            ring => ring.Select(corner => ((double)corner.X - left, (double)corner.Y - top)).ToArray());
        using MemoryStream png = new();
        SamMask.FromPolygons(rings, right - left, bottom - top).WritePng(png);
        string mask64 = Convert.ToBase64String(png.GetBuffer().AsSpan(0, (int)png.Length));
        return new LabelmeShape(Label, [[left, top], [right - 1, bottom - 1]], group, Mask, [], mask64);
    }

    private static SamMask Draw(LabelmeShape shape, ImageSize size, string name, string place, MaskFileLimits limits)
    {
        bool isPoints = Array.TrueForAll(
            shape.Points, point => point is [double x, double y] && double.IsFinite(x) && double.IsFinite(y));
        if (!isPoints)
        {
            throw ResultJson.BadValue(name, $"{place}.points", "they must be a list of [x, y].");
        }

        return shape.ShapeType switch
        {
            Polygon => DrawPolygon(shape, size, name, place),
            Mask => DrawMask(shape, size, name, place, limits),
            _ => throw ResultJson.BadValue(
                name, $"{place}.shape_type", $"only {Polygon} and {Mask} are masks. Take the shape out of the file."),
        };
    }

    private static SamMask DrawPolygon(LabelmeShape shape, ImageSize size, string name, string place)
    {
        (double X, double Y)[] ring = [.. shape.Points.Select(point => (point[0], point[1]))];
        return PolygonFiller.TryFill([ring], size.Width, size.Height, out long crossings)
            ?? throw new MaskFormatException(
                MaskFormatError.BeyondLimits, name, 0,
                $"{place}.points: the sides cross the rows of the picture {crossings} times, more often than any outline "
                + "of a mask does. Simplify the polygon.");
    }

    private static SamMask DrawMask(
        LabelmeShape shape, ImageSize size, string name, string place, MaskFileLimits limits)
    {
        byte[] png = Decode64(shape.Mask, name, $"{place}.mask");
        SamMask part = GrayPng.ReadMask(png, $"{name}: {place}.mask", limits);
        bool fits = shape.Points is [[double left, double top], [double right, double bottom]]
            && (int)left == left && (int)top == top && left >= 0 && top >= 0 && right < size.Width && bottom < size.Height
            && right == left + part.Width - 1 && bottom == top + part.Height - 1;
        if (!fits)
        {
            throw ResultJson.Contradiction(
                name, $"{place}.points",
                $"they must be the first and the last pixel, inside the picture, of a mask that has {part.Width} x "
                + $"{part.Height}.");
        }

        SamMask whole = new(size.Width, size.Height);
        whole.Paste(part, (int)shape.Points[0][0], (int)shape.Points[0][1]);
        return whole;
    }

    private static byte[] Decode64(string? text, string name, string place)
    {
        byte[] bytes = new byte[text?.Length ?? 0];
        return !string.IsNullOrEmpty(text) && Convert.TryFromBase64String(text, bytes, out int length)
            ? bytes[..length]
            : throw ResultJson.BadValue(name, place, "it must be a PNG in base64.");
    }
}

/// <summary>The document; imageData, the picture itself, is neither written nor looked at.</summary>
internal sealed record LabelmeJson(
    string Version, Dictionary<string, bool> Flags, IEnumerable<LabelmeShape> Shapes,
    [property: JsonPropertyName("imagePath")] string ImagePath,
    [property: JsonPropertyName("imageData")] string? ImageData,
    [property: JsonPropertyName("imageHeight")] int ImageHeight,
    [property: JsonPropertyName("imageWidth")] int ImageWidth);

/// <summary>One of its shapes; description is what labelme adds when it saves.</summary>
internal sealed record LabelmeShape(
    string Label, double[][] Points, long? GroupId, string ShapeType, Dictionary<string, bool> Flags, string? Mask)
{
    /// <summary>A word of the user.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }
}
