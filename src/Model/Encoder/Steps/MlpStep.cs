using SamNative.Kernels;

namespace SamNative;

/// <summary>x = x + (GELU(norm(x) * W1 + b1) * W2 + b2), a block of rows at a time: the hidden layer stays in the cache.</summary>
internal sealed unsafe class MlpStep(EncoderStep step, EncoderGeometry g, BlockWeights block) : FusedStep(step)
{
    public override int Pieces(EncoderWorkspace workspace) => RowBlocks(workspace, g.Tokens);

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        KernelSet kernels = workspace.Kernels;
        (nint first, int rows) = RowBlock(workspace, g.Tokens, piece);
        int stride = EncoderGeometry.RowStride(g.Width);
        float* x = workspace.X + (first * g.Stride);
        block.Norm2.Apply(kernels, x, g.Stride, scratch.A, stride, rows);
        RowSink sink = new(kernels.BiasAdd, block.Lin2.Bias.Pointer, x, g.Stride);
        MatrixProduct.RunMlp(
            kernels, scratch.A, stride, rows, block.Lin1.Weight, block.Lin1.Bias.Pointer, kernels.BiasGelu,
            block.Lin2.Weight, scratch.Hidden, scratch.Sums, scratch.Tile, sink);
    }
}
