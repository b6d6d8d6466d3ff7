using SamNative.Kernels;

namespace SamNative;

/// <summary>x = x + (GELU(norm(x) * W1 + b1) * W2 + b2), some rows at a time: the hidden layer stays in the cache.</summary>
internal sealed unsafe class MlpStep(VitGeometry g, int block, VitMaps maps, VitParts? parts)
    : RowStep(Describe(g, block), [maps.X], [maps.X], g.Frame.Tokens, g.Form, parts?.Kernels, parts?.Workers ?? 1)
{
    internal override nint ScratchFloats(KernelSet kernels) =>
        ((nint)ScratchRows * g.Stride) + Product.MlpScratchFloats(kernels, g.Form, g.Width, g.Width);

    protected override void Run(EncoderRun run, in RowPiece piece, float* scratch)
    {
        BlockWeights weights = parts!.Weights.Blocks[block];
        Normalise(run, weights.Norm2, maps.X, piece, scratch, g.Stride);
        float* x = run.At(maps.X) + ((nint)piece.First * g.Stride);
        RowSink share = new(run.Kernels.BiasAdd, parts.Weights.Zeros.Pointer, x, g.Stride);
        RowSink last = new(run.Kernels.BiasAdd, weights.Lin2.Bias.Pointer, x, g.Stride);
        Product.RunMlp(
            run.Kernels, scratch, g.Stride, piece, weights.Lin1, run.Kernels.BiasGelu, weights.Lin2,
            scratch + ((nint)ScratchRows * g.Stride), share, last);
    }

    private static StepDescription Describe(VitGeometry g, int block)
    {
        int[] shape = [g.Frame.Rows, g.Frame.Columns, g.Width];
        long width = g.Width;
        return new StepDescription(
            $"blocks.{block}.mlp", "mlp", "norm2, lin1, GELU, lin2, bias, residual", shape, shape,
            2 * StepDescription.ProductFlops(g.Frame.Tokens, width, g.Hidden), (2 * width * g.Hidden) + g.Hidden + (3 * width));
    }
}
