using SamNative.Kernels;

namespace SamNative;

/// <summary>A step of the plan as the kernels run it: in pieces that any worker may take.</summary>
internal abstract class FusedStep(EncoderStep step)
{
    public EncoderStep Step { get; } = step;

    /// <summary>Into how many pieces the step falls.</summary>
    public abstract int Pieces(EncoderWorkspace workspace);

    /// <summary>Does one piece.</summary>
    public abstract void Run(EncoderWorkspace workspace, int piece, int worker);

    /// <summary>How many blocks the rows of a step over all tokens are cut in.</summary>
    protected static int RowBlocks(EncoderWorkspace workspace, int rows)
    {
        int workers = workspace.Scratch.Length;
        int blocks = (rows + WorkerScratch.RowBlock - 1) / WorkerScratch.RowBlock;
        return (blocks + workers - 1) / workers * workers;
    }

    /// <summary>
    /// One of them: whole tiles, and as equal as they go, so that all workers end at the same time. Where a block begins
    /// changes no bit: rows do not meet in a product.
    /// </summary>
    protected static (int First, int Count) RowBlock(EncoderWorkspace workspace, int rows, int block)
    {
        int tileRows = workspace.Kernels.TileRows;
        int tiles = (rows + tileRows - 1) / tileRows;
        int blocks = RowBlocks(workspace, rows);
        int first = Math.Min((int)((long)tiles * block / blocks) * tileRows, rows);
        int end = Math.Min((int)((long)tiles * (block + 1) / blocks) * tileRows, rows);
        return (first, end - first);
    }
}

/// <summary>Tiles become rows of an activation: destination = f(tile + bias), f and destination as the kernel has it.</summary>
internal readonly unsafe struct RowSink(TileKernel kernel, float* bias, float* destination, nint stride) : ITileSink
{
    public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes) =>
        kernel(tile, ldt, bias + column, destination + (row * stride) + column, stride, rows, lanes);
}
