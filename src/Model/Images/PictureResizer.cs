using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Resizes a picture to what the encoder takes, exactly as Pillow does (horizontal pass first, bytes in between). A
/// piece is a band of rows of the result: its worker brings the source rows it needs to their new width, then sums them.
/// </summary>
internal sealed unsafe class PictureResizer : ParallelJob, IDisposable
{
    /// <summary>Source rows of a band, about: enough that the rows two bands share are few.</summary>
    private const int SourceRowsPerBand = 64;

    private readonly KernelSet kernels;
    private readonly NativeBuffer?[] bands;
    private ResizeWeights columns = new(1, 1);
    private ResizeWeights rows = new(1, 1);
    private int bandRows;
    private int bandSourceRows;
    private byte* source;
    private int sourceStride;
    private PixelFormat format;
    private byte* destination;
    private CancellationToken cancellation;

    public PictureResizer(KernelSet kernels, int workers)
    {
        this.kernels = kernels;
        bands = new NativeBuffer?[workers];
    }

    /// <summary>Resizes image to [size.Height, size.Width, 4] bytes: R, G, B and one that is ignored.</summary>
    public void Run(WorkerPool pool, ImageView image, ImageSize size, byte* result, CancellationToken cancellationToken)
    {
        if (columns.Source != image.Width || columns.Target != size.Width)
        {
            columns = new ResizeWeights(image.Width, size.Width);
        }

        if (rows.Source != image.Height || rows.Target != size.Height)
        {
            rows = new ResizeWeights(image.Height, size.Height);
        }

        bandRows = Math.Max(1, (int)((long)SourceRowsPerBand * size.Height / image.Height));
        int pieces = (size.Height + bandRows - 1) / bandRows;
        bandSourceRows = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            bandSourceRows = Math.Max(bandSourceRows, SourceEnd(piece) - SourceStart(piece));
        }

        using System.Buffers.MemoryHandle pin = image.Pixels.Pin();
        source = (byte*)pin.Pointer;
        sourceStride = image.Stride;
        format = image.Format;
        destination = result;
        cancellation = cancellationToken;
        pool.Run(this, pieces, cancellationToken);
    }

    public override void Run(int index, int worker)
    {
        // The band's rows, then one source row: four bytes a pixel, the size of a float.
        NativeBuffer memory = Band(worker, ((nint)bandSourceRows * columns.Target) + columns.Source);
        byte* band = (byte*)memory.Pointer;
        nint stride = 4 * (nint)columns.Target;
        byte* row = band + (bandSourceRows * stride);
        int first = SourceStart(index);
        int end = SourceEnd(index);
        fixed (int* starts = columns.Starts, counts = columns.Counts, weights = columns.Weights)
        {
            for (int y = first; y < end; y++)
            {
                cancellation.ThrowIfCancellationRequested();
                ToFourBytes(source + ((nint)y * sourceStride), row);
                kernels.BytesAlongRow(row, starts, counts, weights, columns.Taps, band + ((y - first) * stride), columns.Target);
            }
        }

        fixed (int* weights = rows.Weights)
        {
            for (int y = index * bandRows; y < Math.Min((index + 1) * bandRows, rows.Target); y++)
            {
                cancellation.ThrowIfCancellationRequested();
                kernels.BytesBetweenRows(
                    band + ((rows.Starts[y] - first) * stride), stride, weights + ((nint)y * rows.Taps), rows.Counts[y],
                    destination + (y * stride), stride);
            }
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer? band in bands)
        {
            band?.Dispose();
        }
    }

    private int SourceStart(int piece) => rows.Starts[piece * bandRows];

    private int SourceEnd(int piece)
    {
        int last = Math.Min((piece + 1) * bandRows, rows.Target) - 1;
        return rows.Starts[last] + rows.Counts[last];
    }

    private NativeBuffer Band(int worker, nint pixels)
    {
        NativeBuffer? band = bands[worker];
        if (band is null || band.Length < pixels)
        {
            NativeBuffer.Replace(ref bands[worker], band = new NativeBuffer(pixels));
        }

        return band;
    }

    private void ToFourBytes(byte* pixel, byte* row)
    {
        (int step, int red, int green, int blue) = format switch
        {
            PixelFormat.Rgb => (3, 0, 1, 2),
            PixelFormat.Bgr => (3, 2, 1, 0),
            PixelFormat.Rgba => (4, 0, 1, 2),
            PixelFormat.Bgra => (4, 2, 1, 0),
            _ => (1, 0, 0, 0),
        };
        for (int x = 0; x < columns.Source; x++)
        {
            ((uint*)row)[x] = pixel[red] | ((uint)pixel[green] << 8) | ((uint)pixel[blue] << 16);
            pixel += step;
        }
    }
}
