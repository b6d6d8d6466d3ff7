using System.Numerics;

namespace SamNative;

/// <summary>
/// Which mask each pixel of a picture belongs to, without overlaps: 0 for none, otherwise the number of a mask in the list
/// it was made of, from 1. Where masks overlap the one with the smaller area is in front, so that parts are seen on wholes;
/// of equal ones the earlier.
/// </summary>
public sealed class LabelMap
{
    private readonly ushort[] labels;

    private LabelMap(ImageSize size)
    {
        Size = size;
        labels = new ushort[size.Height * size.Width];
    }

    /// <summary>Rows and columns.</summary>
    public ImageSize Size { get; }

    /// <summary>The labels, row by row.</summary>
    public ReadOnlySpan<ushort> Labels => labels;

    /// <summary>The label of the pixel in column <paramref name="x"/> of row <paramref name="y"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel.</exception>
    public ushort this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Size.Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Size.Height, nameof(y));
            return labels[(y * Size.Width) + x];
        }
    }

    /// <summary>Makes the map of a picture's masks.</summary>
    /// <param name="size">The picture's size.</param>
    /// <exception cref="ArgumentException">A mask has another size, or there are more than 65,535.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public static LabelMap Of(
        IReadOnlyList<AutomaticMask> masks, ImageSize size, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(masks);
        SamMask.CheckSize(size.Width, size.Height);
        if (masks.Count > ushort.MaxValue)
        {
            throw new ArgumentException($"{masks.Count} masks are more than 16 bits can number.", nameof(masks));
        }

        LabelMap map = new(size);
        foreach (int i in Enumerable.Range(0, masks.Count).Reverse().OrderByDescending(i => masks[i].Area))
        {
            MaskRle segmentation = masks[i].Segmentation;
            if (segmentation.Size != size)
            {
                throw new ArgumentException(
                    $"Mask {i + 1} has {segmentation.Size.Width} x {segmentation.Size.Height} pixels, the picture "
                    + $"{size.Width} x {size.Height}.", nameof(masks));
            }

            map.Paint(segmentation.ToMask(cancellationToken), (ushort)(i + 1), cancellationToken);
        }

        return map;
    }

    private void Paint(SamMask mask, ushort label, CancellationToken cancellationToken)
    {
        for (int y = 0; y < Size.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<ulong> row = mask.RowBits(y);
            for (int word = 0; word < row.Length; word++)
            {
                for (ulong bits = row[word]; bits != 0; bits &= bits - 1)
                {
                    labels[(y * Size.Width) + (word * 64) + BitOperations.TrailingZeroCount(bits)] = label;
                }
            }
        }
    }
}
