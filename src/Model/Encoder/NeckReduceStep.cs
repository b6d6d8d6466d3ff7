using SamNative.Kernels;

namespace SamNative;

/// <summary>The first half of a neck: a 1 x 1 convolution without bias, then LayerNorm2d.</summary>
/// <param name="name">What the neck is called, and what it writes: neck.</param>
internal sealed unsafe class NeckReduceStep(
    string name, ActivationMap x, ActivationMap neck, NeckWeights? weights, KernelSet? kernels, int workers)
    : RowStep(Describe(name, x, neck), [x], [neck], x.Tokens, LinearForm.Plain, kernels, workers)
{
    internal override nint ScratchFloats(KernelSet kernels) => Product.ScratchFloats(kernels, LinearForm.Plain, x.Channels);

    protected override void Run(EncoderRun run, in RowPiece piece, float* scratch)
    {
        float* result = run.At(neck) + ((nint)piece.First * neck.Stride);
        RowSink sink = new(run.Kernels.Bias, weights!.Reduce.Bias.Pointer, result, neck.Stride);
        Product.Run(run.Kernels, run.At(x) + ((nint)piece.First * x.Stride), x.Stride, piece, weights.Reduce, scratch, sink);
        weights.ReduceNorm.Apply(run.Kernels, result, neck.Stride, result, neck.Stride, piece.BlockRows);
    }

    private static StepDescription Describe(string name, ActivationMap x, ActivationMap neck) => new(
        $"{name}.0", "convolution, 1 x 1", $"{name}.1 (LayerNorm2d)",
        [x.Rows, x.Columns, x.Channels], [x.Rows, x.Columns, neck.Channels],
        StepDescription.ProductFlops(x.Tokens, x.Channels, neck.Channels),
        ((long)neck.Channels * x.Channels) + (2 * neck.Channels));
}
