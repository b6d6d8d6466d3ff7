using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// x = patches * W + bias + pos_embed. Patches are gathered and normalised while the rows of a block are laid out. A patch
/// that is outside the picture needs no product where the values there are zeros.
/// </summary>
internal sealed unsafe class PatchEmbedStep(VitGeometry g, VitMaps maps, VitParts? parts)
    : EncoderStep(Describe(g), [maps.Pixels], [maps.X])
{
    private const int Channels = 3;

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
        (int first, int end) = Multiplied(run.Input, piece);

        // Blocks hold a limited number of rows; a row of the grid may be longer.
        for (int start = first; start < end; start += Product.PlainRows)
        {
            int rows = Math.Min(Product.PlainRows, end - start);
            for (int i = 0; i < rows; i++)
            {
                Gather(run, piece * patch, (start + i) * patch, patches + ((nint)i * stride));
            }

            RowSink sink = new(kernels.Bias, layer.Bias.Pointer, x + ((nint)start * g.Stride), g.Stride);
            Product.Run(kernels, patches, stride, RowPiece.Plain(0, rows), layer, scratch, sink);
        }

        CopyBias(x, 0, first);
        CopyBias(x, end, g.Frame.Columns);
        float* positions = parts.Positions.Embeddings.Pointer + ((nint)piece * parts.Positions.Columns * g.Stride);
        kernels.AddRows(x, g.Stride, positions, g.Stride, x, g.Stride, g.Frame.Columns, Lane.RoundUp(g.Width));
    }

    /// <summary>What the product of zeros gives.</summary>
    private void CopyBias(float* x, int first, int end)
    {
        ReadOnlySpan<float> bias = new(parts!.Weights.Patch.Bias.Pointer, g.Width);
        for (int i = first; i < end; i++)
        {
            bias.CopyTo(new Span<float>(x + ((nint)i * g.Stride), g.Width));
        }
    }

    /// <summary>The columns of a row of patches that need a product.</summary>
    private (int First, int End) Multiplied(in EncoderInput input, int row)
    {
        if (input.PixelValues != null || input.Preprocessing.Normalisation.Outside.ContainsAnyExcept(0f))
        {
            return (0, g.Frame.Columns);
        }

        Placement placement = input.Placement;
        bool isOutside = (row + 1) * patch <= placement.Top || row * patch >= placement.Top + placement.Part.Height;
        return isOutside
            ? (0, 0)
            : (placement.Left / patch, (placement.Left + placement.Part.Width + patch - 1) / patch);
    }

    /// <summary>One patch as [channel, row, column], the order of the convolution's weights.</summary>
    private void Gather(EncoderRun run, int top, int left, float* row)
    {
        byte* pixels = (byte*)run.At(maps.Pixels);
        for (int channel = 0; channel < Channels; channel++)
        {
            for (int y = top; y < top + patch; y++, row += patch)
            {
                Span<float> values = new(row, patch);
                if (run.Input.PixelValues == null)
                {
                    run.Input.Preprocessing.Normalisation.Write(pixels, run.Input.Placement, channel, y, left, values);
                    continue;
                }

                nint source = ((((nint)channel * g.Frame.Height) + y) * g.Frame.Width) + left;
                new ReadOnlySpan<float>(run.Input.PixelValues + source, patch).CopyTo(values);
            }
        }
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
