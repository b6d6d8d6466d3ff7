using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>
/// One matrix product as the encoder's steps do it: workers take blocks of rows, lay them out in scratch of their own,
/// multiply them with packed weights, and write finished tiles through a sink. This is the one file that knows how
/// products are called.
/// </summary>
internal sealed unsafe class PackedProduct : ParallelJob, IDisposable
{
    private const int RowBlock = WorkerScratch.RowBlock;

    private readonly KernelSet kernels;
    private readonly WorkerPool pool;
    private readonly ProductShape shape;
    private readonly TileKernel epilogue;
    private readonly PackedMatrix weight;
    private readonly NativeBuffer left;
    private readonly NativeBuffer bias;
    private readonly NativeBuffer[] rows;
    private readonly NativeBuffer[] tiles;
    private readonly int stride;
    private readonly int blocks;

    /// <param name="epilogue">What happens to finished tiles; its bias is zero.</param>
    public PackedProduct(KernelSet kernels, WorkerPool pool, ProductShape shape, TileKernel epilogue)
    {
        (this.kernels, this.pool, this.shape) = (kernels, pool, shape);
        this.epilogue = epilogue;
        weight = Pack(kernels, shape);
        left = new NativeBuffer((nint)shape.Rows * shape.Depth);
        shape.Left().CopyTo(left.Span);
        bias = new NativeBuffer(weight.PaddedColumns);
        Result = new NativeBuffer((nint)shape.Rows * weight.PaddedColumns);
        stride = EncoderGeometry.RowStride(shape.Depth);
        int inBlocks = (shape.Rows + RowBlock - 1) / RowBlock;
        blocks = (inBlocks + pool.Workers - 1) / pool.Workers * pool.Workers;
        rows = new NativeBuffer[pool.Workers];
        tiles = new NativeBuffer[pool.Workers];
        for (int i = 0; i < pool.Workers; i++)
        {
            rows[i] = new NativeBuffer((nint)(RowBlock + kernels.TileRows) * stride);
            tiles[i] = new NativeBuffer(MatrixProduct.TileFloats);
        }
    }

    /// <summary>[Rows, Columns], the columns padded to whole lanes.</summary>
    public NativeBuffer Result { get; }

    public void Run() => pool.Run(this, blocks, CancellationToken.None);

    public override void Run(int index, int worker)
    {
        int tileCount = (shape.Rows + kernels.TileRows - 1) / kernels.TileRows;
        int first = Math.Min((int)((long)tileCount * index / blocks) * kernels.TileRows, shape.Rows);
        int end = Math.Min((int)((long)tileCount * (index + 1) / blocks) * kernels.TileRows, shape.Rows);
        float* a = rows[worker].Pointer;
        for (int row = first; row < end; row++)
        {
            new ReadOnlySpan<float>(left.Pointer + ((nint)row * shape.Depth), shape.Depth)
                .CopyTo(new Span<float>(a + ((nint)(row - first) * stride), shape.Depth));
        }

        float* destination = Result.Pointer + ((nint)first * weight.PaddedColumns);
        RowSink sink = new(epilogue, bias.Pointer, destination, weight.PaddedColumns);
        MatrixProduct.Run(kernels, a, stride, end - first, weight, tiles[worker].Pointer, sink);
    }

    public void Dispose()
    {
        weight.Dispose();
        left.Dispose();
        bias.Dispose();
        Result.Dispose();
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Dispose();
            tiles[i].Dispose();
        }
    }

    private static PackedMatrix Pack(KernelSet kernels, ProductShape shape)
    {
        PackedMatrix packed = new(shape.Depth, shape.Columns, kernels.MaxPanelWidth);
        float[] values = shape.Weights();
        int[] columns = [.. Enumerable.Range(0, shape.Columns)];
        foreach (Panel panel in packed.Panels)
        {
            packed.Pack(panel, values, shape.Depth, columns, []);
        }

        return packed;
    }
}
