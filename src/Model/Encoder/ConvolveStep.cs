using SamNative.Kernels;

namespace SamNative;

/// <summary>A 3 x 3 convolution from map to map, padded by one, and its norm where there is one.</summary>
/// <param name="stride">1 or 2: tokens of the source from one of the result to the next.</param>
/// <param name="norm">The name of its norm.</param>
/// <param name="kernels">Null for a step to look at.</param>
/// <param name="workers">How many workers share it.</param>
internal sealed unsafe class ConvolveStep(
    string name, ActivationMap from, ActivationMap to, int stride, string? norm, Convolution? weights, KernelSet? kernels,
    int workers)
    : EncoderStep(Describe(name, from, to, stride, norm), [from], [to])
{
    /// <summary>The most tokens of a piece: their neighbours should stay in the second-level cache.</summary>
    private const int MostTokens = 64;

    private readonly int rowStride = RowLayout.Stride(Convolution.Taps * from.Channels);
    private readonly int tileRows = kernels?.TileRows ?? 1;
    private readonly int runs = CountRuns(to.Tokens, weights?.Parts.Length ?? 1, kernels?.TileRows ?? 1, workers);

    /// <summary>A piece is a run of tokens and a part of the outputs.</summary>
    internal override int Pieces => runs * weights!.Parts.Length;

    internal override nint ScratchFloats(KernelSet kernels) =>
        MatrixProduct.TileFloats + ((nint)(MostTokens + RowLayout.SpareRows) * rowStride);

    internal override void Run(EncoderRun run, int piece, float* scratch)
    {
        (int tokens, int part) = Math.DivRem(piece, weights!.Parts.Length);
        int first = FirstToken(tokens);
        int count = FirstToken(tokens + 1) - first;
        float* rows = scratch + MatrixProduct.TileFloats;
        for (int i = 0; i < count; i++)
        {
            (int y, int x) = Math.DivRem(first + i, to.Columns);
            Gather(run.At(from), y * stride, x * stride, rows + ((nint)i * rowStride));
        }

        Linear layer = weights.Parts[part];
        float* result = run.At(to) + ((nint)first * to.Stride);
        RowSink sink = new(run.Kernels.Bias, layer.Bias.Pointer, result + Convolution.FirstOutput(part), to.Stride);
        Product.Run(run.Kernels, rows, rowStride, RowPiece.Plain(0, count), layer, scratch, sink);
        weights.Norm?.Apply(run.Kernels, result, to.Stride, result, to.Stride, count);
    }

    /// <summary>Runs of whole tiles, so many that all workers have the same number of pieces where that is possible.</summary>
    private static int CountRuns(int tokens, int parts, int tileRows, int workers)
    {
        int tiles = Ceiling(tokens, tileRows);
        int pieces = Ceiling(Ceiling(tiles, MostTokens / tileRows) * parts, workers) * workers;
        return Math.Min(Ceiling(pieces, parts), tiles);
    }

    private static int Ceiling(int all, int part) => (all + part - 1) / part;

    private int FirstToken(int run) =>
        Math.Min((int)((long)Ceiling(to.Tokens, tileRows) * run / runs) * tileRows, to.Tokens);

    /// <summary>The nine neighbours of a token of the source as [row, column, channel], zeros outside.</summary>
    private void Gather(float* tokens, int y, int x, float* row)
    {
        for (int ky = y - 1; ky <= y + 1; ky++)
        {
            for (int kx = x - 1; kx <= x + 1; kx++)
            {
                Span<float> taps = new(row, from.Channels);
                if (ky < 0 || ky >= from.Rows || kx < 0 || kx >= from.Columns)
                {
                    taps.Clear();
                }
                else
                {
                    new ReadOnlySpan<float>(tokens + ((((nint)ky * from.Columns) + kx) * from.Stride), from.Channels)
                        .CopyTo(taps);
                }

                row += from.Channels;
            }
        }
    }

    private static StepDescription Describe(string name, ActivationMap from, ActivationMap to, int stride, string? norm)
    {
        long inputs = Convolution.Taps * (long)from.Channels;
        return new StepDescription(
            name, $"convolution, 3 x 3{(stride == 1 ? string.Empty : $", stride {stride}")}",
            $"im2col{(norm is null ? string.Empty : $", {norm} (LayerNorm2d)")}",
            [from.Rows, from.Columns, from.Channels], [to.Rows, to.Columns, to.Channels],
            StepDescription.ProductFlops(to.Tokens, inputs, to.Channels),
            (inputs * to.Channels) + (norm is null ? 0 : 2 * to.Channels));
    }
}
