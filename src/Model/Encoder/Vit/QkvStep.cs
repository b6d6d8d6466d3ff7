using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Queries, keys and values of normalised tokens. Only real tokens are multiplied: padding of a window comes after the
/// norm, so that the keys and values of padded tokens are the bias alone (<see cref="AttentionStep"/> puts them there).
/// </summary>
internal sealed unsafe class QkvStep(VitGeometry g, int block, VitMaps maps, VitParts? parts)
    : RowStep(Describe(g, block), [maps.X], [maps.Q, maps.K, maps.V], g.Frame.Tokens, g.Form, parts?.Kernels, parts?.Workers ?? 1)
{
    private readonly HeadLayout? layout = parts is null
        ? null
        : new HeadLayout(g.Head(g.Config.IsGlobal(block)), g.Heads, g.Frame.Rows, g.Frame.Columns);

    internal override nint ScratchFloats(KernelSet kernels) =>
        ((nint)ScratchRows * g.Stride) + Product.ScratchFloats(kernels, g.Form, g.Width);

    protected override void Run(EncoderRun run, in RowPiece piece, float* scratch)
    {
        BlockWeights weights = parts!.Weights.Blocks[block];
        Normalise(run, weights.Norm1, maps.X, piece, scratch, g.Stride);
        HeadSplitSink sink = new(
            run.Kernels, layout!, weights.Qkv.Bias.Pointer, firstPart: 0, piece.First, run.At(maps.Q), g.HeadsStride,
            run.At(maps.K), run.At(maps.V));
        Product.Run(run.Kernels, scratch, g.Stride, piece, weights.Qkv, scratch + ((nint)ScratchRows * g.Stride), sink);
    }

    private static StepDescription Describe(VitGeometry g, int block)
    {
        Frame frame = g.Frame;
        long width = g.Width;
        string windows = g.Config.IsGlobal(block) ? string.Empty : $", windows of {g.Window} x {g.Window}";
        return new StepDescription(
            $"blocks.{block}.attn.qkv", "qkv", $"norm1, bias, head split{windows}",
            [frame.Rows, frame.Columns, g.Width], [frame.Rows, frame.Columns, 3 * g.Width],
            StepDescription.ProductFlops(frame.Tokens, width, 3 * width), (3 * width * width) + (3 * width) + (2 * width));
    }
}
