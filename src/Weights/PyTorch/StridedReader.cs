using System.Buffers;
using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// Brings the elements of a tensor that is not stored in C order into C order. The storage is walked in its own order
/// through a small window, so that it is read once from front to back, and each element goes to its place.
/// </summary>
internal ref struct StridedReader
{
    /// <summary>
    /// The least that is read at once, unless neighbours are farther apart: then an element is read alone.
    /// </summary>
    private const int SparseBytes = 4096;

    private readonly Fill fill;
    private readonly int elementBytes;
    private readonly long first;
    private readonly long tensorStart;
    private readonly long tensorEnd;
    private readonly Span<byte> destination;
    private readonly ImmutableArray<Axis> axes;
    private readonly Span<byte> buffer;

    /// <summary>The part of the file that the buffer holds.</summary>
    private long windowStart;

    private long windowEnd;

    private StridedReader(TensorRef tensor, long storageStart, long first, Span<byte> destination, Span<byte> buffer, Fill fill)
    {
        this.fill = fill;
        this.first = first;
        this.destination = destination;
        this.buffer = buffer;
        elementBytes = tensor.Storage.ElementBytes;
        axes = Axes(tensor, first, first + (destination.Length / elementBytes) - 1);
        tensorStart = storageStart + (tensor.Offset * elementBytes);
        tensorEnd = tensorStart + elementBytes;
        foreach (Axis axis in axes)
        {
            tensorEnd += (axis.End - 1) * axis.Stride * elementBytes;
        }
    }

    /// <summary>Fills a span from a position of the file.</summary>
    public delegate void Fill(long position, Span<byte> destination);

    /// <summary>Whether a tensor's elements follow each other in C order.</summary>
    public static bool IsContiguous(TensorRef tensor)
    {
        long expected = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] > 1 && tensor.Strides[i] != expected)
            {
                return false;
            }

            expected *= Math.Max(1, tensor.Shape[i]);
        }

        return true;
    }

    /// <summary>Reads consecutive elements, in C order.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="storageStart">Where its storage begins in the file.</param>
    /// <param name="first">The first element.</param>
    /// <param name="destination">Whole elements, which are there.</param>
    /// <param name="fill">Reads the file.</param>
    public static void Read(TensorRef tensor, long storageStart, long first, Span<byte> destination, Fill fill)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        byte[] chunk = ArrayPool<byte>.Shared.Rent(TensorSource.ChunkBytes);
        try
        {
            StridedReader reader = new(
                tensor, storageStart, first, destination, chunk.AsSpan(0, TensorSource.ChunkBytes), fill);
            reader.Walk(0, reader.tensorStart, 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>
    /// The dimensions, the widest step through the storage first. In C order, the outermost ones are walked only as
    /// far as they lead to elements that are asked for.
    /// </summary>
    private static ImmutableArray<Axis> Axes(TensorRef tensor, long first, long last)
    {
        List<Axis> walked = [];
        long step = 1;
        for (int i = tensor.Shape.Length - 1; i >= 0; i--)
        {
            long side = tensor.Shape[i];
            if (side > 1)
            {
                walked.Add(new Axis(0, side, tensor.Strides[i], step));
                step *= side;
            }
        }

        for (int i = walked.Count - 1; i >= 0; i--)
        {
            (long begin, first) = Math.DivRem(first, walked[i].Step);
            (long end, last) = Math.DivRem(last, walked[i].Step);
            walked[i] = walked[i] with { Begin = begin, End = end + 1 };
            if (begin != end)
            {
                break;
            }
        }

        return [.. walked.OrderByDescending(axis => axis.Stride)];
    }

    private void Walk(int depth, long position, long element)
    {
        Axis axis = axes[depth];
        long stepBytes = axis.Stride * elementBytes;
        if (depth + 1 == axes.Length)
        {
            CopyRun(axis, position, element);
            return;
        }

        for (long i = axis.Begin; i < axis.End; i++)
        {
            Walk(depth + 1, position + (i * stepBytes), element + (i * axis.Step));
        }
    }

    /// <summary>Copies the elements along the innermost dimension that were asked for.</summary>
    private void CopyRun(Axis axis, long position, long element)
    {
        long stepBytes = axis.Stride * elementBytes;
        long runEnd = position + ((axis.End - 1) * stepBytes) + elementBytes;
        for (long i = axis.Begin; i < axis.End; i++)
        {
            long target = (element + (i * axis.Step) - first) * elementBytes;
            if (target >= 0 && target < destination.Length)
            {
                long source = position + (i * stepBytes);
                if (source < windowStart || source + elementBytes > windowEnd)
                {
                    FillWindow(source, stepBytes > SparseBytes ? elementBytes : Math.Max(SparseBytes, runEnd - source));
                }

                buffer.Slice((int)(source - windowStart), elementBytes).CopyTo(destination[(int)target..]);
            }
        }
    }

    private void FillWindow(long position, long useful)
    {
        long length = Math.Min(useful, Math.Min(buffer.Length, tensorEnd - position));
        fill(position, buffer[..(int)length]);
        (windowStart, windowEnd) = (position, position + length);
    }

    /// <summary>A dimension: the indices that are walked, and how far one step goes in the storage and in C order.</summary>
    private readonly record struct Axis(long Begin, long End, long Stride, long Step);
}
