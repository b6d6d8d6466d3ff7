using SamNative.Kernels;

namespace SamNative;

/// <summary>neck.0 and neck.1: a 1 x 1 convolution without bias, then LayerNorm2d.</summary>
internal sealed unsafe class NeckReduceStep(EncoderStep step, EncoderGeometry g, EncoderWeights weights)
    : RowStep(step, g, weights.Neck0)
{
    protected override void Run(EncoderWorkspace workspace, int first, int rows, int worker)
    {
        KernelSet kernels = workspace.Kernels;
        float* neck = workspace.Neck + ((nint)first * Geometry.NeckStride);
        RowSink sink = new(kernels.Bias, weights.Neck0.Bias.Pointer, neck, Geometry.NeckStride);
        Multiply(workspace, workspace.X + ((nint)first * Geometry.Stride), Geometry.Stride, rows, worker, sink);
        weights.Neck1.Apply(kernels, neck, Geometry.NeckStride, neck, Geometry.NeckStride, rows);
    }
}

/// <summary>neck.2 and neck.3: a 3 x 3 convolution without bias, padded by one, then LayerNorm2d, channels first.</summary>
internal sealed unsafe class NeckConvolveStep(EncoderStep step, EncoderGeometry g, EncoderWeights weights) : FusedStep(step)
{
    /// <summary>A piece is a row of the grid.</summary>
    public override int Pieces(EncoderWorkspace workspace) => g.Grid;

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        KernelSet kernels = workspace.Kernels;
        int stride = RowLayout.Stride(9 * g.NeckWidth);
        for (int x = 0; x < g.Grid; x++)
        {
            Gather(workspace.Neck, piece, x, scratch.A + ((nint)x * stride));
        }

        float* result = scratch.Hidden;
        RowSink sink = new(kernels.Bias, weights.Neck2.Bias.Pointer, result, g.NeckStride);
        MatrixProduct.Run(kernels, scratch.A, stride, g.Grid, weights.Neck2.Weight, scratch.Tile, sink);
        weights.Neck3.Apply(kernels, result, g.NeckStride, result, g.NeckStride, g.Grid);
        for (int c = 0; c < g.NeckWidth; c++)
        {
            float* destination = workspace.Embedding + ((nint)c * g.Tokens) + (piece * g.Grid);
            for (int x = 0; x < g.Grid; x++)
            {
                destination[x] = result[(x * g.NeckStride) + c];
            }
        }
    }

    /// <summary>The nine neighbours of a token as [row, column, channel], zeros outside the grid.</summary>
    private void Gather(float* neck, int y, int x, float* row)
    {
        for (int ky = y - 1; ky <= y + 1; ky++)
        {
            for (int kx = x - 1; kx <= x + 1; kx++)
            {
                Span<float> taps = new(row, g.NeckWidth);
                if (ky < 0 || ky >= g.Grid || kx < 0 || kx >= g.Grid)
                {
                    taps.Clear();
                }
                else
                {
                    new ReadOnlySpan<float>(neck + ((((nint)ky * g.Grid) + kx) * g.NeckStride), g.NeckWidth).CopyTo(taps);
                }

                row += g.NeckWidth;
            }
        }
    }
}
