using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Resizes a picture to what an encoder takes, along rows first and then between them. A piece is a band of rows of the
/// result: its worker brings the source rows it needs to their new width, then sums them.
/// </summary>
internal sealed unsafe class PictureResizer : ParallelJob, IDisposable
{
    /// <summary>Source rows of a band, about: enough that the rows two bands share are few.</summary>
    private const int SourceRowsPerBand = 64;

    private readonly KernelSet kernels;
    private readonly NativeBuffer?[] bands;
    private ResizeWeights columns = new(1, 1, ResizeFilter.PillowBilinear);
    private ResizeWeights rows = new(1, 1, ResizeFilter.PillowBilinear);
    private CropBox part;
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

    /// <summary>Makes the part of a picture that a model's input shows.</summary>
    /// <param name="result">[Part.Height, Part.Width, 4] bytes: R, G, B and one that is ignored.</param>
    public void Run(
        WorkerPool pool, ImageView picture, in Placement placement, ResizeFilter filter, byte* result,
        CancellationToken cancellationToken)
    {
        CropBox from = placement.Source;
        ImageView image = picture.Crop(from.X, from.Y, from.Width, from.Height);
        columns = Weights(columns, image.Width, placement.Resized.Width, filter);
        rows = Weights(rows, image.Height, placement.Resized.Height, filter);
        part = placement.Part;
        bandRows = Math.Max(1, (int)((long)SourceRowsPerBand * rows.Target / image.Height));
        int pieces = (part.Height + bandRows - 1) / bandRows;
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
        if (rows.Filter == ResizeFilter.OpenCvLinear)
        {
            Interpolate(index, worker);
        }
        else
        {
            Resample(index, worker);
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer? band in bands)
        {
            band?.Dispose();
        }
    }

    /// <summary>A band with Pillow's filters: bytes in between.</summary>
    private void Resample(int index, int worker)
    {
        // The band's rows, then one source row: four bytes a pixel, the size of a float.
        NativeBuffer memory = Band(worker, ((nint)bandSourceRows * part.Width) + columns.Source);
        byte* band = (byte*)memory.Pointer;
        nint stride = 4 * (nint)part.Width;
        byte* row = band + (bandSourceRows * stride);
        int first = SourceStart(index);
        int end = SourceEnd(index);
        fixed (int* starts = &columns.Starts[part.X], counts = &columns.Counts[part.X],
               weights = &columns.Weights[part.X * columns.Taps])
        {
            for (int y = first; y < end; y++)
            {
                cancellation.ThrowIfCancellationRequested();
                ToFourBytes(source + ((nint)y * sourceStride), row);
                kernels.BytesAlongRow(row, starts, counts, weights, columns.Taps, band + ((y - first) * stride), part.Width);
            }
        }

        fixed (int* weights = rows.Weights)
        {
            for (int y = FirstRow(index); y <= LastRow(index); y++)
            {
                cancellation.ThrowIfCancellationRequested();
                kernels.BytesBetweenRows(
                    band + ((rows.Starts[y] - first) * stride), stride, weights + ((nint)y * rows.Taps), rows.Counts[y],
                    destination + ((y - part.Y) * stride), stride);
            }
        }
    }

    /// <summary>A band with OpenCV's filter: words in between.</summary>
    private void Interpolate(int index, int worker)
    {
        nint width = 4 * (nint)part.Width;
        NativeBuffer memory = Band(worker, ((nint)bandSourceRows * part.Width * 2) + columns.Source);
        ushort* band = (ushort*)memory.Pointer;
        byte* row = (byte*)(band + (bandSourceRows * width));
        int first = SourceStart(index);
        int done = first;
        for (int y = FirstRow(index); y <= LastRow(index); y++)
        {
            cancellation.ThrowIfCancellationRequested();
            int near = rows.Starts[y];
            int far = near + rows.Counts[y] - 1;
            for (done = Math.Max(done, near); done <= far; done++)
            {
                ToFourBytes(source + ((nint)done * sourceStride), row);
                OpenCvLinear.AlongRow(row, columns, part.X, part.Width, band + ((done - first) * width));
            }

            OpenCvLinear.BetweenRows(
                band + ((near - first) * width), band + ((far - first) * width), rows.Weights[2 * y], rows.Weights[(2 * y) + 1],
                destination + ((y - part.Y) * width), width);
        }
    }

    private static ResizeWeights Weights(ResizeWeights last, int source, int target, ResizeFilter filter) =>
        last.Source == source && last.Target == target && last.Filter == filter
            ? last
            : new ResizeWeights(source, target, filter);

    private int FirstRow(int piece) => part.Y + (piece * bandRows);

    private int LastRow(int piece) => part.Y + Math.Min((piece + 1) * bandRows, part.Height) - 1;

    private int SourceStart(int piece) => rows.Starts[FirstRow(piece)];

    private int SourceEnd(int piece) => rows.Starts[LastRow(piece)] + rows.Counts[LastRow(piece)];

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
