using SamNative.Kernels;

namespace SamNative;

/// <summary>x = x + (attended * W + bias).</summary>
internal sealed unsafe class ProjectionStep(EncoderStep step, EncoderGeometry g, BlockWeights block) : FusedStep(step)
{
    public override int Pieces(EncoderWorkspace workspace) => RowBlocks(workspace, g.Tokens);

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        (nint first, int rows) = RowBlock(workspace, g.Tokens, piece);
        RowSink sink = new(
            workspace.Kernels.BiasAdd, block.Proj.Bias.Pointer, workspace.X + (first * g.Stride), g.Stride);
        MatrixProduct.Run(
            workspace.Kernels, workspace.Q + (first * g.HeadsStride), g.HeadsStride, rows, block.Proj.Weight,
            workspace.Scratch[worker].Tile, sink);
    }
}
