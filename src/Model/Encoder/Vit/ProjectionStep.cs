using SamNative.Kernels;

namespace SamNative;

/// <summary>x = x + (attended * W + bias).</summary>
internal sealed unsafe class ProjectionStep(VitGeometry g, int block, VitMaps maps, VitParts? parts)
    : RowStep(Describe(g, block), [maps.Q, maps.X], [maps.X], g.Frame.Tokens, g.Form, parts?.Kernels, parts?.Workers ?? 1)
{
    internal override nint ScratchFloats(KernelSet kernels) => Product.ScratchFloats(kernels, g.Form, g.Heads * g.HeadLanes);

    protected override void Run(EncoderRun run, in RowPiece piece, float* scratch)
    {
        Linear layer = parts!.Weights.Blocks[block].Proj;
        float* attended = run.At(maps.Q) + ((nint)piece.First * g.HeadsStride);
        float* x = run.At(maps.X) + ((nint)piece.First * g.Stride);
        RowSink sink = new(run.Kernels.BiasAdd, layer.Bias.Pointer, x, g.Stride);
        Product.Run(run.Kernels, attended, g.HeadsStride, piece, layer, scratch, sink);
    }

    private static StepDescription Describe(VitGeometry g, int block)
    {
        int[] shape = [g.Frame.Rows, g.Frame.Columns, g.Width];
        long width = g.Width;
        return new StepDescription(
            $"blocks.{block}.attn.proj", "projection", "bias, residual", shape, shape,
            StepDescription.ProductFlops(g.Frame.Tokens, width, width), (width * width) + width);
    }
}
