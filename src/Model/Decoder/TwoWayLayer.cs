using SamNative.Kernels;

namespace SamNative;

/// <summary>One layer of the two-way transformer.</summary>
internal sealed class TwoWayLayer(WeightLoader loader, DecoderGeometry g, string name)
{
    public AttentionWeights Self { get; } = AttentionWeights.Load(loader, g, name + "self_attn", g.SelfHeadDim);

    public Norm Norm1 { get; } = loader.Norm(name + "norm1", Norm.Epsilon5);

    public AttentionWeights TokenToImage { get; } =
        AttentionWeights.Load(loader, g, name + "cross_attn_token_to_image", g.CrossHeadDim);

    public Norm Norm2 { get; } = loader.Norm(name + "norm2", Norm.Epsilon5);

    public TokenMlp Mlp { get; } = TokenMlp.Load(loader, g, name + "mlp.");

    public Norm Norm3 { get; } = loader.Norm(name + "norm3", Norm.Epsilon5);

    public AttentionWeights ImageToToken { get; } =
        AttentionWeights.Load(loader, g, name + "cross_attn_image_to_token", g.CrossHeadDim);

    /// <summary>The projection to queries of that attention, as <see cref="FoldedPrompt"/> wants it.</summary>
    public NativeBuffer ImageQueryRows { get; } = FoldableRows.Load(loader, g, name + "cross_attn_image_to_token.q_proj");

    public Norm Norm4 { get; } = loader.Norm(name + "norm4", Norm.Epsilon5);
}

/// <summary>An attention of the decoder: projections to queries, keys and values, and of the result.</summary>
internal sealed record AttentionWeights(Linear Queries, Linear Keys, Linear Values, Linear Out)
{
    public static AttentionWeights Load(WeightLoader loader, DecoderGeometry g, string name, int headDim)
    {
        LinearMap split = LinearMap.SplitHeads(g.Width, 1, g.Heads, headDim);
        LinearMap join = LinearMap.JoinHeads(g.Heads, headDim, g.Width);
        return new AttentionWeights(
            loader.Linear(name + ".q_proj.weight", name + ".q_proj.bias", g.Width, split),
            loader.Linear(name + ".k_proj.weight", name + ".k_proj.bias", g.Width, split),
            loader.Linear(name + ".v_proj.weight", name + ".v_proj.bias", g.Width, split),
            loader.Linear(name + ".out_proj.weight", name + ".out_proj.bias", g.Heads * headDim, join));
    }
}

/// <summary>Weights of projections as the checkpoint has them, for <see cref="FoldedPrompt"/>.</summary>
internal static class FoldableRows
{
    /// <summary>[heads * headDim, FoldedStride]: a projection's weight and, behind it, its bias.</summary>
    public static NativeBuffer Load(WeightLoader loader, DecoderGeometry g, string name)
    {
        NativeBuffer rows = loader.Rows(name + ".weight", g.Width, g.FoldedStride);
        ReadOnlySpan<float> bias = loader.Read(name + ".bias");
        for (int i = 0; i < bias.Length; i++)
        {
            rows.Span[(i * g.FoldedStride) + Lane.RoundUp(g.Width)] = bias[i];
        }

        return rows;
    }
}
