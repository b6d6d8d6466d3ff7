namespace SamNative;

/// <summary>
/// A mask as the lengths of its runs down the columns, left column first, out and in by turns and beginning with out:
/// the original's uncompressed RLE, and what COCO's tools work on. Smaller than a <see cref="SamMask"/> unless the mask is
/// very ragged; it does not change.
/// </summary>
public sealed class MaskRle
{
    private readonly int[] counts;

    /// <param name="runs">Runs that fill the mask exactly; not copied.</param>
    internal MaskRle(int[] runs, ImageSize size)
    {
        counts = runs;
        Size = size;
        (Area, Bounds) = RunLengths.Measure(runs, size.Height);
    }

    /// <summary>Rows and columns of the mask: COCO's <c>size</c>.</summary>
    public ImageSize Size { get; }

    /// <summary>
    /// The lengths of the runs. The first is 0 when the top left pixel is in; an empty mask is [H * W], a full one
    /// [0, H * W].
    /// </summary>
    public ReadOnlySpan<int> Counts => counts;

    /// <summary>The number of pixels in the mask.</summary>
    public int Area { get; }

    /// <summary>The box around the mask, by the rules of the original.</summary>
    public MaskBounds Bounds { get; }

    /// <summary>Codes a mask.</summary>
    public static MaskRle FromMask(SamMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return new MaskRle(RunLengths.Encode(mask), new ImageSize(mask.Height, mask.Width));
    }

    /// <summary>Takes uncompressed run lengths in.</summary>
    /// <param name="counts">Lengths of runs down the columns, out and in by turns, beginning with out.</param>
    /// <param name="size">Rows and columns.</param>
    /// <exception cref="MaskFormatException">The runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the mask would have 2^31 bits or more.</exception>
    public static MaskRle FromCounts(ReadOnlySpan<int> counts, ImageSize size)
    {
        RunLengths.Check(counts, size.Width, size.Height);
        return new MaskRle(counts.ToArray(), size);
    }

    /// <summary>Takes COCO's compressed run lengths in, the inverse of <see cref="ToCocoRle"/>.</summary>
    /// <param name="counts">The string that pycocotools calls <c>counts</c>.</param>
    /// <param name="size">Rows and columns: what pycocotools calls <c>size</c>.</param>
    /// <exception cref="MaskFormatException">The text is damaged or its runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the mask would have 2^31 bits or more.</exception>
    public static MaskRle FromCocoRle(ReadOnlySpan<char> counts, ImageSize size) =>
        FromCounts(CocoCounts.Decode(counts), size);

    /// <summary>The mask with one bit a pixel.</summary>
    public SamMask ToMask() => RunLengths.Decode(counts, Size.Width, Size.Height);

    /// <summary>COCO's compressed string, byte for byte what pycocotools writes.</summary>
    public string ToCocoRle() => CocoCounts.Encode(counts);
}
