using System.Text;

namespace SamNative;

/// <summary>
/// A mask as the lengths of its runs down the columns, left column first, out and in by turns and beginning with out:
/// what COCO's tools work on. It is kept in their compressed form, smaller than a <see cref="SamMask"/> even where the
/// mask is ragged; it does not change.
/// </summary>
public sealed class MaskRle
{
    private readonly byte[] coco;

    /// <param name="runs">Runs that fill the mask exactly.</param>
    internal MaskRle(ReadOnlySpan<int> runs, ImageSize size, CancellationToken cancellationToken = default)
    {
        coco = CocoCounts.Encode(runs, cancellationToken);
        Size = size;
        (Area, Bounds) = RunLengths.Measure(runs, size.Height, cancellationToken);
    }

    /// <summary>Rows and columns of the mask: COCO's <c>size</c>.</summary>
    public ImageSize Size { get; }

    /// <summary><see cref="ToCocoRle"/> in ASCII, without a copy.</summary>
    internal ReadOnlyMemory<byte> CocoRle => coco;

    /// <summary>The number of pixels in the mask.</summary>
    public int Area { get; }

    /// <summary>The box around the mask, by the rules of the original.</summary>
    public MaskBounds Bounds { get; }

    /// <summary>Codes a mask.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static MaskRle FromMask(SamMask mask, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return new MaskRle(
            RunLengths.Encode(mask, cancellationToken), new ImageSize(mask.Height, mask.Width), cancellationToken);
    }

    /// <summary>Takes uncompressed run lengths in.</summary>
    /// <param name="counts">Lengths of runs down the columns, out and in by turns, beginning with out.</param>
    /// <param name="size">Rows and columns.</param>
    /// <exception cref="MaskFormatException">The runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the mask would have 2^31 bits or more.</exception>
    public static MaskRle FromCounts(ReadOnlySpan<int> counts, ImageSize size)
    {
        RunLengths.Check(counts, size.Width, size.Height);
        return new MaskRle(counts, size);
    }

    /// <summary>Takes COCO's compressed run lengths in, the inverse of <see cref="ToCocoRle"/>.</summary>
    /// <param name="counts">The string that pycocotools calls <c>counts</c>.</param>
    /// <param name="size">Rows and columns: what pycocotools calls <c>size</c>.</param>
    /// <exception cref="MaskFormatException">The text is damaged or its runs do not fill the mask exactly.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the mask would have 2^31 bits or more.</exception>
    public static MaskRle FromCocoRle(ReadOnlySpan<char> counts, ImageSize size) =>
        FromCounts(CocoCounts.Decode(counts), size);

    /// <summary>The mask with one bit a pixel.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public SamMask ToMask(CancellationToken cancellationToken = default) => RunLengths.Decode(
        CocoCounts.Decode<byte>(coco, cancellationToken), Size.Width, Size.Height, cancellationToken);

    /// <summary>
    /// The lengths of the runs, the original's uncompressed RLE. The first is 0 when the top left pixel is in; an empty
    /// mask is [H * W], a full one [0, H * W].
    /// </summary>
    public int[] ToRle() => CocoCounts.Decode<byte>(coco);

    /// <summary>COCO's compressed string, byte for byte what pycocotools writes.</summary>
    public string ToCocoRle() => Encoding.ASCII.GetString(coco);
}
