using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Queries, keys and values of normalised tokens. Only real tokens are multiplied: padding of a window comes after the
/// norm, so that the keys and values of padded tokens are the bias alone (<see cref="AttentionStep"/> puts them there).
/// </summary>
internal sealed unsafe class QkvStep(EncoderStep step, EncoderGeometry g, BlockWeights block) : FusedStep(step)
{
    private readonly HeadLayout layout = new(g, block.Global);

    public override int Pieces(EncoderWorkspace workspace) => RowBlocks(workspace, g.Tokens);

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        (int first, int rows) = RowBlock(workspace, g.Tokens, piece);
        int stride = EncoderGeometry.RowStride(g.Width);
        block.Norm1.Apply(workspace.Kernels, workspace.X + ((nint)first * g.Stride), g.Stride, scratch.A, stride, rows);
        HeadSplitSink sink = new(
            workspace.Kernels, layout, block.Qkv.Bias.Pointer, firstPart: 0, first, workspace.Q, g.HeadsStride,
            workspace.K, workspace.V);
        MatrixProduct.Run(workspace.Kernels, scratch.A, stride, rows, block.Qkv.Weight, scratch.Tile, sink);
    }
}
