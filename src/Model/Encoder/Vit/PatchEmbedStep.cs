using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// x = patches * W + bias + pos_embed. Patches are gathered and normalised while the rows of a block are laid out:
/// (pixel - mean) / std in single precision, zeros outside the picture. A patch that is padding alone needs no product.
/// </summary>
internal sealed unsafe class PatchEmbedStep(VitGeometry g, VitMaps maps, VitParts? parts)
    : EncoderStep(Describe(g), [maps.Pixels], [maps.X])
{
    private const int Channels = 3;

    private static readonly float[] means = [123.675f, 116.28f, 103.53f];
    private static readonly float[] deviations = [58.395f, 57.12f, 57.375f];
    private static readonly float[] normalised = Table();

    private readonly int patch = g.Frame.Patch;
    private readonly int stride = RowLayout.Stride(Channels * g.Frame.Patch * g.Frame.Patch);

    /// <summary>A piece is a row of the grid.</summary>
    internal override int Pieces => g.Frame.Rows;

    internal override nint ScratchFloats(KernelSet kernels) =>
        MatrixProduct.TileFloats + ((nint)(Product.PlainRows + RowLayout.SpareRows) * stride);

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        KernelSet kernels = run.Kernels;
        Linear layer = parts!.Weights.Patch;
        float* x = run.At(maps.X) + ((nint)piece * g.Frame.Columns * g.Stride);
        float* patches = scratch + MatrixProduct.TileFloats;
        float* bias = layer.Bias.Pointer;
        int columns = piece * patch < run.Input.Height ? (run.Input.Width + patch - 1) / patch : 0;

        // Blocks hold a limited number of rows; a row of the grid may be longer.
        for (int start = 0; start < columns; start += Product.PlainRows)
        {
            int rows = Math.Min(Product.PlainRows, columns - start);
            for (int i = 0; i < rows; i++)
            {
                Gather(run, piece * patch, (start + i) * patch, patches + ((nint)i * stride));
            }

            RowSink sink = new(kernels.Bias, bias, x + ((nint)start * g.Stride), g.Stride);
            Product.Run(kernels, patches, stride, RowPiece.Plain(0, rows), layer, scratch, sink);
        }

        for (int i = columns; i < g.Frame.Columns; i++)
        {
            new ReadOnlySpan<float>(bias, g.Width).CopyTo(new Span<float>(x + ((nint)i * g.Stride), g.Width));
        }

        float* positions = parts.Positions.Embeddings.Pointer + ((nint)piece * g.Frame.Columns * g.Stride);
        kernels.AddRows(x, g.Stride, positions, g.Stride, x, g.Stride, g.Frame.Columns, Lane.RoundUp(g.Width));
    }

    /// <summary>One patch as [channel, row, column], the order of the convolution's weights.</summary>
    private void Gather(EncoderRun run, int top, int left, float* row)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int y = top; y < top + patch; y++)
            {
                if (run.PixelValues != null)
                {
                    nint source = ((((nint)channel * g.Frame.Height) + y) * g.Frame.Width) + left;
                    new ReadOnlySpan<float>(run.PixelValues + source, patch).CopyTo(new Span<float>(row, patch));
                }
                else
                {
                    Normalise(run, channel, y, left, row);
                }

                row += patch;
            }
        }
    }

    private void Normalise(EncoderRun run, int channel, int y, int left, float* row)
    {
        int count = y < run.Input.Height ? Math.Min(patch, run.Input.Width - left) : 0;
        byte* pixel = (byte*)run.At(maps.Pixels) + (4 * (((nint)y * run.Input.Width) + left)) + channel;
        ReadOnlySpan<float> table = normalised.AsSpan(channel * 256, 256);
        for (int i = 0; i < count; i++)
        {
            row[i] = table[pixel[4 * i]];
        }

        new Span<float>(row + count, patch - count).Clear();
    }

    private static float[] Table()
    {
        float[] table = new float[Channels * 256];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = ((i % 256) - means[i / 256]) / deviations[i / 256];
        }

        return table;
    }

    private static StepDescription Describe(VitGeometry g)
    {
        Frame frame = g.Frame;
        int inputs = Channels * frame.Patch * frame.Patch;
        return new StepDescription(
            "patch_embed", "patch embedding", "normalise, im2col, bias, pos_embed",
            [Channels, frame.Height, frame.Width], [frame.Rows, frame.Columns, g.Width],
            StepDescription.ProductFlops(frame.Tokens, inputs, g.Width),
            ((long)inputs * g.Width) + g.Width + ((long)frame.Tokens * g.Width));
    }
}
