using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>What turns the plan of a ViT into an encoder: its weights, and the machine that its steps are cut for.</summary>
/// <param name="Workers">How many workers share a step.</param>
internal sealed record VitParts(VitWeights Weights, VitPositions Positions, KernelSet Kernels, int Workers);

/// <summary>
/// The intermediates of a ViT. x is the residual stream; q holds queries, [Heads, HeadLanes] for each token, then the attended
/// values in their place; k and v are [windows, heads] of an <see cref="AttentionHead"/>'s keys and values.
/// </summary>
internal sealed record VitMaps(ActivationMap Pixels, ActivationMap X, ActivationMap Q, ActivationMap K, ActivationMap V)
{
    public static VitMaps Of(VitGeometry g)
    {
        AttentionHead whole = g.Head(global: true);
        AttentionHead window = g.Head(global: false);
        int windows = g.Windows(global: false);
        int values = g.Heads * g.HeadLanes;
        long keyFloats = g.Heads * Math.Max(whole.KeyFloats, windows * window.KeyFloats);
        long valueFloats = g.Heads * Math.Max(whole.ValueFloats, windows * window.ValueFloats);
        Frame pixels = new(g.Frame.Height, g.Frame.Width, 1);
        return new VitMaps(
            new ActivationMap("pixels", pixels, 1, 1, pixels.Tokens),
            Rows("x", g, g.Width),
            Rows("q", g, values),
            new ActivationMap("k", g.Frame, values, values, keyFloats),
            new ActivationMap("v", g.Frame, values, values, valueFloats));
    }

    /// <summary>A row for each token, in blocks that are multiplied together.</summary>
    private static ActivationMap Rows(string name, VitGeometry g, int channels) =>
        ActivationMap.OfRows(name, g.Frame, channels, g.Form == LinearForm.Strassen ? StrassenProduct.BlockRows : 1);
}

/// <summary>SAM's image encoder: the transformer and its neck (segment_anything/modeling/image_encoder.py).</summary>
internal static class VitPlan
{
    /// <param name="parts">Null for a plan to look at.</param>
    public static EncoderPlan Create(VitGeometry g, VitParts? parts)
    {
        VitSteps steps = new(g, parts);
        steps.Embed();
        steps.Blocks(0, g.Config.Depth);
        ActivationMap result = steps.Neck("neck", parts?.Weights.Neck);
        return steps.End(result, ResultLayout.ChannelsFirst, VitLayout.Of(g.Config).Sum(tensor => tensor.ElementCount));
    }

    /// <summary>An encoder that runs.</summary>
    public static ImageEncoder CreateEncoder(VitGeometry g, VitParts parts) => new(Create(g, parts), parts.Kernels);
}
