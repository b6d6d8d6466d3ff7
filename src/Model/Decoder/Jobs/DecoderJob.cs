using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// A pass of the decoder over the image tokens, in pieces of a row block. What a pass works on are the arguments of its Run,
/// which keeps them for the workers until it returns.
/// </summary>
internal abstract unsafe class DecoderJob(DecoderWorkspace workspace) : ParallelJob
{
    protected DecoderWorkspace Workspace { get; } = workspace;

    protected DecoderGeometry Geometry => Workspace.Geometry;

    protected KernelSet Kernels => Workspace.Kernels;

    /// <summary>Row blocks of all image tokens.</summary>
    protected int RowBlocks => (Geometry.ImageTokens + DecoderWorkspace.RowBlock - 1) / DecoderWorkspace.RowBlock;

    /// <summary>The first token of a row block, and how many it has.</summary>
    protected (int First, int Rows) Block(int piece)
    {
        int first = piece * DecoderWorkspace.RowBlock;
        return (first, Math.Min(DecoderWorkspace.RowBlock, Geometry.ImageTokens - first));
    }

    /// <summary>rows * layer to rows of a result.</summary>
    protected void Product(DecoderScratch scratch, ChannelRows rows, Linear layer, TileKernel kernel, float* result, nint ldr)
    {
        RowSink sink = new(kernel, layer.Bias.Pointer, result, ldr);
        MatrixProduct.Run(Kernels, rows.First, rows.Stride, rows.Count, layer.Weight, scratch.Tile, sink);
    }

    /// <summary>rows * layer to values of the image tokens.</summary>
    /// <param name="firstToken">The token of the first row.</param>
    protected void ImageValues(
        DecoderScratch scratch, ChannelRows rows, int firstToken, Linear layer, HeadLayout layout, float* values)
    {
        HeadSplitSink sink = new(Kernels, layout, layer.Bias.Pointer, 2, firstToken, null, 0, null, values);
        MatrixProduct.Run(Kernels, rows.First, rows.Stride, rows.Count, layer.Weight, scratch.Tile, sink);
    }

    /// <summary>rows * layer to keys of the image tokens. Where a row of the grid is whole lanes, lanes are transposed.</summary>
    /// <param name="firstToken">The token of the first row.</param>
    protected void ImageKeys(
        DecoderScratch scratch, ChannelRows rows, int firstToken, Linear layer, HeadLayout layout, float* keys)
    {
        AttentionHead head = layout.Head;
        if (head.Width % Lane.Count != 0 || head.HeadDim % Lane.Count != 0)
        {
            HeadSplitSink sink = new(Kernels, layout, layer.Bias.Pointer, 1, firstToken, null, 0, keys, null);
            MatrixProduct.Run(Kernels, rows.First, rows.Stride, rows.Count, layer.Weight, scratch.Tile, sink);
            return;
        }

        nint stride = Geometry.HeadsStride(head.HeadDim);
        Product(scratch, rows, layer, Kernels.Bias, scratch.Queries, stride);
        for (int row = 0; row < rows.Count; row += Lane.Count)
        {
            float* source = scratch.Queries + (row * stride);
            float* destination = keys + layout.KeyOffset[firstToken + row];
            for (int i = 0; i < Geometry.Heads; i++)
            {
                Kernels.Transpose(
                    source + (i * head.HeadDim), stride, destination + (i * head.KeyFloats), head.KeyStride, Lane.Count,
                    head.HeadDim);
            }
        }
    }
}
