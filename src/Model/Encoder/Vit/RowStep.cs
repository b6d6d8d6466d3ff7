using SamNative.Kernels;

namespace SamNative;

/// <summary>A step that multiplies the rows of all tokens by a linear layer: a piece is a block of rows.</summary>
internal abstract unsafe class RowStep(EncoderStep step, EncoderGeometry g, Linear linear) : FusedStep(step)
{
    protected EncoderGeometry Geometry { get; } = g;

    public sealed override int Pieces(EncoderWorkspace workspace) => Blocks(workspace).Count;

    public sealed override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        (int first, int rows) = Blocks(workspace).At(piece);
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
    /// Strassen's algorithm needs the same blocks always. Otherwise where a block begins changes no bit, since rows do not
    /// meet, and the workers decide.
    /// </summary>
    private RowBlocks Blocks(EncoderWorkspace workspace) => linear.Strassen is null
        ? new RowBlocks(Geometry.Tokens, workspace.Kernels.TileRows, WorkerScratch.RowBlock, workspace.Scratch.Length)
        : new RowBlocks(Geometry.Tokens, StrassenProduct.BlockRows, StrassenProduct.BlockRows, workers: 1);
}
