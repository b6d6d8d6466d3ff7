using SamNative.Kernels;

namespace SamNative;

/// <summary>neck.0 and neck.1: a 1 x 1 convolution without bias, then LayerNorm2d.</summary>
internal sealed unsafe class NeckReduceStep(
    ActivationMap x, ActivationMap neck, NeckWeights? weights, KernelSet? kernels, int workers)
    : RowStep(Describe(x, neck), [x], [neck], x.Rows * x.Columns, LinearForm.Plain, kernels, workers)
{
    internal override nint ScratchFloats(KernelSet kernels) => Product.ScratchFloats(kernels, LinearForm.Plain, x.Channels);

    protected override void Run(EncoderRun run, in RowPiece piece, float* scratch)
    {
        float* result = run.At(neck) + ((nint)piece.First * neck.Stride);
        RowSink sink = new(run.Kernels.Bias, weights!.Reduce.Bias.Pointer, result, neck.Stride);
        Product.Run(run.Kernels, run.At(x) + ((nint)piece.First * x.Stride), x.Stride, piece, weights.Reduce, scratch, sink);
        weights.ReduceNorm.Apply(run.Kernels, result, neck.Stride, result, neck.Stride, piece.BlockRows);
    }

    private static StepDescription Describe(ActivationMap x, ActivationMap neck) => new(
        "neck.0", "neck, 1 x 1", "1 x 1 convolution, neck.1 (LayerNorm2d)",
        [x.Rows, x.Columns, x.Channels], [x.Rows, x.Columns, neck.Channels],
        StepDescription.ProductFlops(x.Rows * x.Columns, x.Channels, neck.Channels),
        ((long)neck.Channels * x.Channels) + (2 * neck.Channels));
}

/// <summary>neck.2 and neck.3: a 3 x 3 convolution without bias, padded by one, then LayerNorm2d, channels first.</summary>
internal sealed unsafe class NeckConvolveStep(ActivationMap neck, NeckWeights? weights)
    : EncoderStep(Describe(neck), [neck], [])
{
    private readonly int depth = 9 * neck.Channels;

    /// <summary>A piece is a row of the grid.</summary>
    internal override int Pieces => neck.Rows;

    internal override nint ScratchFloats(KernelSet kernels) =>
        MatrixProduct.TileFloats + ((nint)(neck.Columns + RowLayout.SpareRows) * (RowLayout.Stride(depth) + neck.Stride));

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        KernelSet kernels = run.Kernels;
        int stride = RowLayout.Stride(depth);
        float* rows = scratch + MatrixProduct.TileFloats;
        float* result = rows + ((nint)(neck.Columns + RowLayout.SpareRows) * stride);
        for (int x = 0; x < neck.Columns; x++)
        {
            Gather(run.At(neck), piece, x, rows + ((nint)x * stride));
        }

        RowSink sink = new(kernels.Bias, weights!.Convolve.Bias.Pointer, result, neck.Stride);
        Product.Run(kernels, rows, stride, RowPiece.Plain(0, neck.Columns), weights.Convolve, scratch, sink);
        weights.ConvolveNorm.Apply(kernels, result, neck.Stride, result, neck.Stride, neck.Columns);
        for (int c = 0; c < neck.Channels; c++)
        {
            float* destination = run.Result + ((((nint)c * neck.Rows) + piece) * neck.Columns);
            for (int x = 0; x < neck.Columns; x++)
            {
                destination[x] = result[(x * neck.Stride) + c];
            }
        }
    }

    /// <summary>The nine neighbours of a token as [row, column, channel], zeros outside the grid.</summary>
    private void Gather(float* tokens, int y, int x, float* row)
    {
        for (int ky = y - 1; ky <= y + 1; ky++)
        {
            for (int kx = x - 1; kx <= x + 1; kx++)
            {
                Span<float> taps = new(row, neck.Channels);
                if (ky < 0 || ky >= neck.Rows || kx < 0 || kx >= neck.Columns)
                {
                    taps.Clear();
                }
                else
                {
                    new ReadOnlySpan<float>(tokens + ((((nint)ky * neck.Columns) + kx) * neck.Stride), neck.Channels)
                        .CopyTo(taps);
                }

                row += neck.Channels;
            }
        }
    }

    private static StepDescription Describe(ActivationMap neck) => new(
        "neck.2", "neck, 3 x 3", "3 x 3 convolution, neck.3 (LayerNorm2d), channels first",
        [neck.Rows, neck.Columns, neck.Channels], [neck.Channels, neck.Rows, neck.Columns],
        StepDescription.ProductFlops(neck.Rows * neck.Columns, 9 * neck.Channels, neck.Channels),
        (9L * neck.Channels * neck.Channels) + (2 * neck.Channels));
}
