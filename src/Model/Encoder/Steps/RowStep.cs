using SamNative.Kernels;

namespace SamNative;

/// <summary>A step that multiplies the rows of all tokens by a linear layer: a piece is a block of rows.</summary>
internal abstract unsafe class RowStep(EncoderStep step, EncoderGeometry g, Linear linear) : FusedStep(step)
{
    protected EncoderGeometry Geometry { get; } = g;

    public sealed override int Pieces(EncoderWorkspace workspace)
    {
        if (linear.Strassen is not null)
        {
            return (Geometry.Tokens + StrassenProduct.BlockRows - 1) / StrassenProduct.BlockRows;
        }

        int workers = workspace.Scratch.Length;
        int blocks = (Geometry.Tokens + WorkerScratch.RowBlock - 1) / WorkerScratch.RowBlock;
        return (blocks + workers - 1) / workers * workers;
    }

    public sealed override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        (int first, int rows) = Block(workspace, piece);
        Run(workspace, first, rows, worker);
    }

    /// <summary>Does a block of rows, of at most <see cref="WorkerScratch.Rows"/>.</summary>
    protected abstract void Run(EncoderWorkspace workspace, int first, int rows, int worker);

    /// <summary>The layer's product for a block of rows, each tile to the sink.</summary>
    /// <param name="a">
    /// [rows, inputs], stride lda, with room for a whole block: rows past the last may be overwritten.
    /// </param>
    protected void Multiply<TSink>(EncoderWorkspace workspace, float* a, nint lda, int rows, int worker, in TSink sink)
        where TSink : struct, ITileSink
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        if (linear.Strassen is { } weight)
        {
            StrassenProduct.Run(workspace.Kernels, a, lda, rows, weight, scratch.Strassen!, sink);
        }
        else
        {
            MatrixProduct.Run(workspace.Kernels, a, lda, rows, linear.Weight, scratch.Tile, sink);
        }
    }

    /// <summary>
    /// One block. Strassen's algorithm needs the same ones always. Otherwise where a block begins changes no bit, since rows
    /// do not meet: whole tiles, and as equal as they go, so that all workers end at the same time.
    /// </summary>
    private (int First, int Count) Block(EncoderWorkspace workspace, int block)
    {
        int rows = Geometry.Tokens;
        if (linear.Strassen is not null)
        {
            int start = block * StrassenProduct.BlockRows;
            return (start, Math.Min(StrassenProduct.BlockRows, rows - start));
        }

        int tileRows = workspace.Kernels.TileRows;
        int tiles = (rows + tileRows - 1) / tileRows;
        int blocks = Pieces(workspace);
        int first = Math.Min((int)((long)tiles * block / blocks) * tileRows, rows);
        int end = Math.Min((int)((long)tiles * (block + 1) / blocks) * tileRows, rows);
        return (first, end - first);
    }
}
