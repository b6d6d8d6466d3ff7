using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// x = patches * W + bias + pos_embed. Patches are gathered and normalised while the rows of a block are laid out:
/// (pixel - mean) / std in single precision, zeros outside the picture. A patch that is padding alone needs no product.
/// </summary>
internal sealed unsafe class PatchEmbedStep : FusedStep
{
    private static readonly float[] means = [123.675f, 116.28f, 103.53f];
    private static readonly float[] deviations = [58.395f, 57.12f, 57.375f];

    private readonly EncoderGeometry g;
    private readonly EncoderWeights weights;
    private readonly int patch;
    private readonly int side;
    private readonly float[] normalised = new float[3 * 256];

    public PatchEmbedStep(EncoderStep step, SamConfig config, EncoderGeometry geometry, EncoderWeights encoder)
        : base(step)
    {
        g = geometry;
        weights = encoder;
        patch = config.PatchSize;
        side = config.ImgSize;
        for (int i = 0; i < normalised.Length; i++)
        {
            normalised[i] = ((i % 256) - means[i / 256]) / deviations[i / 256];
        }
    }

    /// <summary>A piece is a row of the grid.</summary>
    public override int Pieces(EncoderWorkspace workspace) => g.Grid;

    public override void Run(EncoderWorkspace workspace, int piece, int worker)
    {
        WorkerScratch scratch = workspace.Scratch[worker];
        KernelSet kernels = workspace.Kernels;
        float* x = workspace.X + ((nint)piece * g.Grid * g.Stride);
        float* bias = weights.Patch.Bias.Pointer;
        int columns = piece * patch < workspace.InputHeight ? (workspace.InputWidth + patch - 1) / patch : 0;

        // Row blocks hold a limited number of rows; a row of the grid may be longer.
        for (int start = 0; start < columns; start += WorkerScratch.RowBlock)
        {
            int rows = Math.Min(WorkerScratch.RowBlock, columns - start);
            int stride = RowLayout.Stride(weights.Patch.Weight.Rows);
            for (int i = 0; i < rows; i++)
            {
                Gather(workspace, piece * patch, (start + i) * patch, scratch.A + ((nint)i * stride));
            }

            RowSink sink = new(kernels.Bias, bias, x + ((nint)start * g.Stride), g.Stride);
            MatrixProduct.Run(kernels, scratch.A, stride, rows, weights.Patch.Weight, scratch.Tile, sink);
        }

        for (int i = columns; i < g.Grid; i++)
        {
            new ReadOnlySpan<float>(bias, g.Width).CopyTo(new Span<float>(x + ((nint)i * g.Stride), g.Width));
        }

        float* positions = weights.Positions.Pointer + ((nint)piece * g.Grid * g.Stride);
        kernels.AddRows(x, g.Stride, positions, g.Stride, x, g.Stride, g.Grid, Lane.RoundUp(g.Width));
    }

    /// <summary>One patch as [channel, row, column], the order of the convolution's weights.</summary>
    private void Gather(EncoderWorkspace workspace, int top, int left, float* row)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            for (int y = top; y < top + patch; y++)
            {
                if (workspace.PixelValues != null)
                {
                    new ReadOnlySpan<float>(workspace.PixelValues + ((((nint)channel * side) + y) * side) + left, patch)
                        .CopyTo(new Span<float>(row, patch));
                }
                else
                {
                    Normalise(workspace, channel, y, left, row);
                }

                row += patch;
            }
        }
    }

    private void Normalise(EncoderWorkspace workspace, int channel, int y, int left, float* row)
    {
        int count = y < workspace.InputHeight ? Math.Min(patch, workspace.InputWidth - left) : 0;
        byte* pixel = workspace.Pixels + (4 * (((nint)y * workspace.InputWidth) + left)) + channel;
        ReadOnlySpan<float> table = normalised.AsSpan(channel * 256, 256);
        for (int i = 0; i < count; i++)
        {
            row[i] = table[pixel[4 * i]];
        }

        new Span<float>(row + count, patch - count).Clear();
    }
}
