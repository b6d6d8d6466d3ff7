namespace SamNative;

/// <content>The mask as run lengths and as polygons.</content>
public sealed partial class SamMask
{
    /// <summary>Makes a mask of uncompressed run lengths, the inverse of <see cref="ToRle"/>.</summary>
    /// <param name="counts">
    /// Lengths of runs down the columns, out and in by turns, beginning with out; zeros are allowed.
    /// </param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="MaskFormatException">The runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is below 1 or the mask would have 2^31 bits or more.
    /// </exception>
    public static SamMask FromRle(ReadOnlySpan<int> counts, int width, int height) =>
        RunLengths.Decode(counts, width, height);

    /// <summary>Makes a mask of COCO's compressed run lengths, the inverse of <see cref="ToCocoRle"/>.</summary>
    /// <param name="counts">The string that pycocotools calls <c>counts</c>.</param>
    /// <param name="width">Pixels in a row, at least 1; COCO's <c>size</c> is [height, width].</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="MaskFormatException">The text is damaged or its runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is below 1 or the mask would have 2^31 bits or more.
    /// </exception>
    public static SamMask FromCocoRle(ReadOnlySpan<char> counts, int width, int height) =>
        RunLengths.Decode(CocoCounts.Decode(counts), width, height);

    /// <summary>
    /// The lengths of the runs down the columns, left column first, out and in by turns. The first run is out, and has
    /// the length 0 when the top left pixel is in. An empty mask is [H * W], a full one [0, H * W]: what
    /// <c>mask_to_rle_pytorch</c> of the original gives.
    /// </summary>
    public int[] ToRle() => RunLengths.Encode(this).ToArray();

    /// <summary>The same as COCO's compressed string, byte for byte what pycocotools writes.</summary>
    public string ToCocoRle() => MaskRle.FromMask(this).ToCocoRle();

    /// <summary>Writes it as PNG in 8-bit gray: 255 in, 0 out.</summary>
    /// <param name="destination">Takes the PNG; it stays open.</param>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public void WritePng(Stream destination, CancellationToken cancellationToken = default) =>
        GrayPng.Write(new ImageSize(Height, Width), 8, CopyRow, destination, cancellationToken);

    /// <summary>
    /// The outlines of the mask, exact to the pixel: the polygons filled by the even-odd rule, or the outer rings
    /// filled and the holes taken out, are the mask again. Pixels that touch at a corner belong together
    /// (8-connectivity, as in the original's small regions), holes that touch at a corner do not. Parts come in the
    /// order of their first pixel, row by row.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public IReadOnlyList<MaskPolygon> ToPolygons(CancellationToken cancellationToken = default) =>
        PolygonTracer.Trace(this, cancellationToken);

    /// <summary>
    /// Fills rings by the even-odd rule: a pixel is in when its middle is inside an odd number of them. All rings of
    /// <see cref="ToPolygons"/>, outer ones and holes, give the mask again.
    /// </summary>
    /// <param name="rings">
    /// Corners in pixels, pixel (x, y) being the square from (x, y) to (x + 1, y + 1); the last corner joins the first.
    /// They may lie outside the mask, and must be finite.
    /// </param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentException">
    /// A size is out of range, or the sides cross rows more often than there are borders between the mask's pixels.
    /// </exception>
    public static SamMask FromPolygons(IEnumerable<IReadOnlyList<(double X, double Y)>> rings, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(rings);
        return PolygonFiller.TryFill(rings, width, height, out long crossings)
            ?? throw new ArgumentException(
                $"The rings cross the rows of a mask of {width} x {height} pixels {crossings} times, and "
                + $"{PolygonFiller.MaxCrossings(width, height)} times is the most: they are no outlines of a mask.",
                nameof(rings));
    }
}
