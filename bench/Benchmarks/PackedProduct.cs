using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>
/// One matrix product as the encoder's steps do it: workers take blocks of rows, lay them out in scratch of their own,
/// multiply them with packed weights, and write finished tiles through a sink. This is the one file that knows how
/// products are called.
/// </summary>
internal sealed unsafe class PackedProduct : ParallelJob, IDisposable
{
    private readonly KernelSet kernels;
    private readonly WorkerPool pool;
    private readonly ProductShape shape;
    private readonly TileKernel epilogue;
    private readonly List<IDisposable> memory = [];
    private readonly PackedMatrix[] units;
    private readonly StrassenMatrix[] strassen;
    private readonly float* left;
    private readonly float* bias;
    private readonly Scratch[] scratch;
    private readonly int stride;
    private readonly int blocks;

    /// <param name="epilogue">What happens to finished tiles; its bias is zero.</param>
    /// <param name="plain">Without Strassen's algorithm, which the encoder's linear layers use.</param>
    public PackedProduct(KernelSet kernels, WorkerPool pool, ProductShape shape, TileKernel epilogue, bool plain)
    {
        (this.kernels, this.pool, this.shape) = (kernels, pool, shape);
        this.epilogue = epilogue;
        plain |= !shape.IsLinear;
        units = [.. Pack(plain ? shape.Depth : Math.Min(shape.Depth, PackedMatrix.Chunk)).Select(Keep)];
        strassen = plain ? [] : [.. units.Select(unit => StrassenMatrix.Of(kernels, unit, unit.Rows))];
        NativeBuffer rowsOfLeft = Keep(new NativeBuffer((nint)shape.Rows * shape.Depth));
        shape.Left().CopyTo(rowsOfLeft.Span);
        left = rowsOfLeft.Pointer;
        bias = Keep(new NativeBuffer(Columns)).Pointer;
        Result = Keep(new NativeBuffer((nint)shape.Rows * Columns));
        stride = RowLayout.Stride(shape.Depth);
        int rows = plain ? Product.PlainRows : StrassenProduct.BlockRows;
        int inBlocks = (shape.Rows + rows - 1) / rows;
        blocks = (inBlocks + pool.Workers - 1) / pool.Workers * pool.Workers;
        scratch = [.. Enumerable.Range(0, pool.Workers).Select(_ => new Scratch(
            Keep(new NativeBuffer((nint)(rows + kernels.TileRows) * stride)), Keep(new NativeBuffer(
                plain ? MatrixProduct.TileFloats : StrassenScratch.Floats(kernels, units[0].Rows, hidden: false)))))];
    }

    /// <summary>[Rows, Columns], the columns padded to whole lanes.</summary>
    public NativeBuffer Result { get; }

    private int Columns => units[0].PaddedColumns;

    public void Run() => pool.Run(this, blocks, CancellationToken.None);

    public override void Run(int index, int worker)
    {
        int tileCount = (shape.Rows + kernels.TileRows - 1) / kernels.TileRows;
        int first = Math.Min((int)((long)tileCount * index / blocks) * kernels.TileRows, shape.Rows);
        int end = Math.Min((int)((long)tileCount * (index + 1) / blocks) * kernels.TileRows, shape.Rows);
        float* a = scratch[worker].Rows.Pointer;
        for (int row = first; row < end; row++)
        {
            new ReadOnlySpan<float>(left + ((nint)row * shape.Depth), shape.Depth)
                .CopyTo(new Span<float>(a + ((nint)(row - first) * stride), shape.Depth));
        }

        if (strassen.Length == 0)
        {
            MatrixProduct.Run(kernels, a, stride, end - first, units[0], scratch[worker].Memory.Pointer, Sink(epilogue, first));
            return;
        }

        for (int i = 0; i < strassen.Length; i++)
        {
            RowSink sink = Sink(i == 0 ? epilogue : kernels.BiasAdd, first);
            StrassenProduct.Run(
                kernels, a + (i * PackedMatrix.Chunk), stride, RowPiece.Whole(0, end - first), strassen[i],
                new StrassenScratch(kernels, units[0].Rows, scratch[worker].Memory.Pointer), sink);
        }
    }

    public void Dispose() => memory.ForEach(item => item.Dispose());

    private RowSink Sink(TileKernel tile, int row) => new(tile, bias, Result.Pointer + ((nint)row * Columns), Columns);

    private T Keep<T>(T item)
        where T : IDisposable
    {
        memory.Add(item);
        return item;
    }

    /// <summary>The weights in units of so many rows.</summary>
    private IEnumerable<PackedMatrix> Pack(int depth)
    {
        float[] values = shape.Weights();
        int[] columns = [.. Enumerable.Range(0, shape.Columns)];
        for (int start = 0; start < shape.Depth; start += depth)
        {
            PackedMatrix packed = new(depth, shape.Columns, kernels.MaxPanelWidth);
            foreach (Panel panel in packed.Panels)
            {
                packed.Pack(panel, values.AsSpan(start), shape.Depth, columns, []);
            }

            yield return packed;
        }
    }

    private sealed record Scratch(NativeBuffer Rows, NativeBuffer Memory);
}
