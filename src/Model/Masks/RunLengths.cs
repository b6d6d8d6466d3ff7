using System.Numerics;
using System.Runtime.InteropServices;

namespace SamNative;

/// <summary>
/// Run lengths down the columns of a mask: out and in by turns, beginning with out (mask_to_rle_pytorch in
/// segment_anything/utils/amg.py). The mask lies in rows, so columns are met in <see cref="ColumnStrip"/>s.
/// </summary>
internal static class RunLengths
{
    public static ReadOnlySpan<int> Encode(SamMask mask, CancellationToken cancellationToken = default) =>
        Encode(mask, 0, 0, new ImageSize(mask.Height, mask.Width), [], cancellationToken);

    /// <summary>The runs of a mask that lies in a larger picture, all of which is out beside it.</summary>
    /// <param name="left">The picture's column where the mask begins.</param>
    /// <param name="top">The picture's row where it begins.</param>
    /// <param name="counts">Scratch, which then holds the runs: who codes many masks keeps it from one to the next.</param>
    public static ReadOnlySpan<int> Encode(
        SamMask mask, int left, int top, ImageSize picture, List<int> counts, CancellationToken cancellationToken = default)
    {
        counts.Clear();
        ColumnStrip strip = new(mask);
        int last = 0;
        ulong before = 0;
        for (int x = 0; x < mask.Width; x++)
        {
            if (x % 64 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                strip.Load(x / 64);
            }

            ReadOnlySpan<ulong> column = strip.Column(x % 64);
            int start = ((left + x) * picture.Height) + top;
            for (int y = 0; y < mask.Height; y += 64)
            {
                // A run ends where a pixel differs from the one before it; the pixel before the first is out.
                int rows = Math.Min(64, mask.Height - y);
                ulong bits = column[y / 64];
                ulong edges = (bits ^ ((bits << 1) | before)) & (ulong.MaxValue >> (64 - rows));
                before = (bits >> (rows - 1)) & 1;
                for (; edges != 0; edges &= edges - 1)
                {
                    int position = start + y + BitOperations.TrailingZeroCount(edges);
                    counts.Add(position - last);
                    last = position;
                }
            }

            // The next pixel of the picture is out: it lies beside the mask.
            int end = start + mask.Height;
            bool leaves = mask.Height < picture.Height || x == mask.Width - 1;
            if (leaves && before != 0 && end < picture.Height * picture.Width)
            {
                counts.Add(end - last);
                last = end;
                before = 0;
            }
        }

        counts.Add((picture.Height * picture.Width) - last);
        return CollectionsMarshal.AsSpan(counts);
    }

    public static SamMask Decode(
        ReadOnlySpan<int> counts, int width, int height, CancellationToken cancellationToken = default)
    {
        Check(counts, width, height);
        SamMask mask = new(width, height);
        ColumnStrip strip = new(mask);
        int position = 0, current = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            int end = position + counts[i];
            for (int next; (i & 1) != 0 && position < end; position = next)
            {
                (int x, int y) = int.DivRem(position, height);
                if (x / 64 != current)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    strip.Store(current);
                    current = x / 64;
                }

                next = Math.Min(end, position - y + height);
                Fill(strip.Column(x % 64), y, y + next - position);
            }

            position = end;
        }

        strip.Store(current);
        return mask;
    }

    /// <summary>The pixels that are in, and the box around them.</summary>
    /// <param name="counts">Runs that fill the mask exactly.</param>
    public static (int Area, MaskBounds Bounds) Measure(
        ReadOnlySpan<int> counts, int height, CancellationToken cancellationToken = default)
    {
        int area = 0, position = 0;
        int left = int.MaxValue, right = -1, top = int.MaxValue, bottom = -1;
        for (int i = 0; i < counts.Length; position += counts[i++])
        {
            LookAt(i, cancellationToken);
            if ((i & 1) == 0 || counts[i] == 0)
            {
                continue;
            }

            // A run that goes on in the next column holds that column's first pixel and this one's last.
            area += counts[i];
            (int firstX, int firstY) = int.DivRem(position, height);
            (int lastX, int lastY) = int.DivRem(position + counts[i] - 1, height);
            left = Math.Min(left, firstX);
            right = lastX;
            top = Math.Min(top, firstX == lastX ? firstY : 0);
            bottom = Math.Max(bottom, firstX == lastX ? lastY : height - 1);
        }

        return (area, area == 0 ? default : new MaskBounds(left, top, right - left, bottom - top));
    }

    /// <summary>The pixels that two masks of one size share.</summary>
    public static int Intersection(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int both = 0, position = 0;
        int i = 0, j = 0;
        for (int endA = a[0], endB = b[0]; ;)
        {
            int end = Math.Min(endA, endB);
            both += (i & j & 1) * (end - position);
            position = end;
            if (end == endA)
            {
                if (++i == a.Length)
                {
                    return both;
                }

                endA += a[i];
            }
            else
            {
                endB += b[++j];
            }
        }
    }

    /// <summary>Looks at the cancellation once in many runs: a ragged mask has millions.</summary>
    public static void LookAt(int run, CancellationToken cancellationToken)
    {
        const int Runs = 1 << 16;
        if (run % Runs == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Refuses runs that do not fill a mask of this size exactly.</summary>
    /// <exception cref="MaskFormatException">They do not.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No mask can have that size.</exception>
    public static void Check(ReadOnlySpan<int> counts, int width, int height)
    {
        SamMask.CheckSize(width, height);
        long pixels = (long)width * height;
        long sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0)
            {
                throw new MaskFormatException(
                    MaskFormatError.NegativeCount,
                    i,
                    $"Run {i} has the length {counts[i]}; lengths are never negative.");
            }

            sum += counts[i];
            if (sum > pixels)
            {
                throw new MaskFormatException(
                    MaskFormatError.TooManyPixels,
                    i,
                    $"Run {i} goes beyond the {pixels} pixels of the mask. Check its width and height.");
            }
        }

        if (sum < pixels)
        {
            throw new MaskFormatException(
                MaskFormatError.TooFewPixels,
                counts.Length,
                $"The runs end after {sum} of the {pixels} pixels of the mask. Check its width and height.");
        }
    }

    /// <summary>Sets the bits from <paramref name="from"/> on and before <paramref name="to"/>.</summary>
    public static void Fill(Span<ulong> column, int from, int to)
    {
        while (from < to)
        {
            int bits = Math.Min(64 - (from % 64), to - from);
            column[from / 64] |= (ulong.MaxValue >> (64 - bits)) << (from % 64);
            from += bits;
        }
    }
}
