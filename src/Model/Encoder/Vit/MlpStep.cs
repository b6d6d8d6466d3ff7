using SamNative.Kernels;

namespace SamNative;

/// <summary>x = x + (GELU(norm(x) * W1 + b1) * W2 + b2), a block of rows at a time: the hidden layer stays in the cache.</summary>
internal sealed unsafe class MlpStep(EncoderStep step, EncoderGeometry g, BlockWeights block) : RowStep(step, g, block.Lin1)
{
    protected override void Run(EncoderWorkspace workspace, int first, int rows, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        KernelSet kernels = workspace.Kernels;
        int stride = RowLayout.Stride(Geometry.Width);
        float* x = workspace.X + ((nint)first * Geometry.Stride);
        block.Norm2.Apply(kernels, x, Geometry.Stride, scratch.A, stride, rows);
        RowSink sink = new(kernels.BiasAdd, block.Lin2.Bias.Pointer, x, Geometry.Stride);
        if (block.Lin1.Strassen is { } up && block.Lin2.Strassen is { } down)
        {
            RowSink share = new(kernels.BiasAdd, scratch.Zeros, x, Geometry.Stride);
            StrassenProduct.RunMlp(
                kernels, scratch.A, stride, rows, up, block.Lin1.Bias.Pointer, kernels.BiasGelu, down, scratch.Strassen!,
                share, sink);
            return;
        }

        MatrixProduct.RunMlp(
            kernels, scratch.A, stride, rows, block.Lin1.Weight, block.Lin1.Bias.Pointer, kernels.BiasGelu,
            block.Lin2.Weight, scratch.Hidden, scratch.Sums, scratch.Tile, sink);
    }
}
