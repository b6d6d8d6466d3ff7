using SamNative.Kernels;

namespace SamNative;

/// <summary>A pass of the decoder over the image tokens, in pieces of a row block.</summary>
internal abstract unsafe class DecoderJob(DecoderWorkspace workspace) : ParallelJob
{
    protected DecoderWorkspace Workspace { get; } = workspace;

    protected DecoderGeometry Geometry => Workspace.Geometry;

    protected KernelSet Kernels => Workspace.Kernels;

    /// <summary>Row blocks of all image tokens.</summary>
    public int RowBlocks => (Geometry.ImageTokens + DecoderWorkspace.RowBlock - 1) / DecoderWorkspace.RowBlock;

    /// <summary>The first token of a row block, and how many it has.</summary>
    protected (int First, int Rows) Block(int piece)
    {
        int first = piece * DecoderWorkspace.RowBlock;
        return (first, Math.Min(DecoderWorkspace.RowBlock, Geometry.ImageTokens - first));
    }

    /// <summary>rows * layer to rows of a result.</summary>
    protected void Product(DecoderScratch scratch, float* a, nint lda, int rows, Linear layer, TileKernel kernel, float* result, nint ldr)
    {
        RowSink sink = new(kernel, layer.Bias.Pointer, result, ldr);
        MatrixProduct.Run(Kernels, a, lda, rows, layer.Weight, scratch.Tile, sink);
    }

    /// <summary>rows * layer to keys (part 1) or values (part 2) of the image tokens.</summary>
    protected void ImageHeads(
        DecoderScratch scratch, float* a, nint lda, int first, int rows, Linear layer, int part, HeadLayout layout, float* keys, float* values)
    {
        HeadSplitSink sink = new(Kernels, layout, layer.Bias.Pointer, part, first, null, 0, keys, values);
        MatrixProduct.Run(Kernels, a, lda, rows, layer.Weight, scratch.Tile, sink);
    }
}
