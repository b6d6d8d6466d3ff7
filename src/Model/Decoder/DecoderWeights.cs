using SamNative.Kernels;

namespace SamNative;

/// <summary>An attention of the decoder: projections of queries, keys and values, and of the result.</summary>
internal sealed record AttentionWeights(Linear Q, Linear K, Linear V, Linear Out)
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

/// <summary>One layer of the two-way transformer.</summary>
internal sealed record TwoWayLayer(
    AttentionWeights Self, Norm Norm1, AttentionWeights TokenToImage, Norm Norm2, TokenMlp Mlp, Norm Norm3,
    AttentionWeights ImageToToken, NativeBuffer ImageQueryRows, Norm Norm4)
{
    public static TwoWayLayer Load(WeightLoader loader, DecoderGeometry g, string name) => new(
        AttentionWeights.Load(loader, g, name + "self_attn", g.SelfHeadDim),
        loader.Norm(name + "norm1", Norm.Epsilon5),
        AttentionWeights.Load(loader, g, name + "cross_attn_token_to_image", g.CrossHeadDim),
        loader.Norm(name + "norm2", Norm.Epsilon5),
        TokenMlp.Load(loader, g, name + "mlp."),
        loader.Norm(name + "norm3", Norm.Epsilon5),
        AttentionWeights.Load(loader, g, name + "cross_attn_image_to_token", g.CrossHeadDim),
        FoldableRows.Load(loader, g, name + "cross_attn_image_to_token.q_proj"),
        loader.Norm(name + "norm4", Norm.Epsilon5));
}

/// <summary>Three linear layers with ReLU between them.</summary>
internal sealed record HeadMlp(Linear First, Linear Second, Linear Third)
{
    public static HeadMlp Load(WeightLoader loader, string name, int inputs, int hidden, int outputs) => new(
        loader.Linear(name + ".layers.0", inputs, hidden),
        loader.Linear(name + ".layers.1", hidden, hidden),
        loader.Linear(name + ".layers.2", hidden, outputs));
}

/// <summary>The weights that answer prompts, packed for a set of kernels: prompt encoder and mask decoder.</summary>
internal sealed class DecoderWeights
{
    /// <param name="frame">The frame that the model encodes into; pictures may come in others.</param>
    public DecoderWeights(WeightLoader loader, Frame frame, KernelSet kernels)
    {
        DecoderGeometry g = new(loader.Config, frame);
        Geometry = g;
        Kernels = kernels;
        Prompt = new PromptWeights(loader, g);
        const string Prefix = "mask_decoder.";
        IouToken = loader.Vector(Prefix + "iou_token.weight");
        MaskTokens = loader.Rows(Prefix + "mask_tokens.weight", g.Width, Lane.RoundUp(g.Width));
        Layers =
        [
            TwoWayLayer.Load(loader, g, Prefix + "transformer.layers.0."),
            TwoWayLayer.Load(loader, g, Prefix + "transformer.layers.1."),
        ];
        Final = AttentionWeights.Load(loader, g, Prefix + "transformer.final_attn_token_to_image", g.CrossHeadDim);
        ImageKeyRows =
        [
            FoldableRows.Load(loader, g, Prefix + "transformer.layers.1.cross_attn_token_to_image.k_proj"),
            FoldableRows.Load(loader, g, Prefix + "transformer.final_attn_token_to_image.k_proj"),
        ];
        FinalNorm = loader.Norm(Prefix + "transformer.norm_final_attn", Norm.Epsilon5);
        Upscale1 = loader.TransposedConvolution(Prefix + "output_upscaling.0", g.Width, g.Upscaled1);
        UpscaleNorm = loader.Norm(Prefix + "output_upscaling.1", Norm.Epsilon6);
        Upscale2 = loader.TransposedConvolution(Prefix + "output_upscaling.3", g.Upscaled1, g.Upscaled2);
        Hypernetworks = new HeadMlp[DecoderGeometry.Masks];
        for (int i = 0; i < Hypernetworks.Length; i++)
        {
            Hypernetworks[i] = HeadMlp.Load(
                loader, $"{Prefix}output_hypernetworks_mlps.{i}", g.Width, g.Width, g.Upscaled2);
        }

        IouHead = HeadMlp.Load(loader, Prefix + "iou_prediction_head", g.Width, g.HeadHidden, DecoderGeometry.Masks);
    }

    /// <summary>Sizes in the model's own frame.</summary>
    public DecoderGeometry Geometry { get; }

    public KernelSet Kernels { get; }

    public PromptWeights Prompt { get; }

    /// <summary>[Width].</summary>
    public NativeBuffer IouToken { get; }

    /// <summary>[Masks, Width], rows padded to whole lanes.</summary>
    public NativeBuffer MaskTokens { get; }

    public TwoWayLayer[] Layers { get; }

    public AttentionWeights Final { get; }

    /// <summary>For each layer, the projection to keys of the attention that reads its image tokens.</summary>
    public NativeBuffer[] ImageKeyRows { get; }

    public Norm FinalNorm { get; }

    /// <summary>Width to [2, 2, Upscaled1], positions padded to whole lanes.</summary>
    public Linear Upscale1 { get; }

    public Norm UpscaleNorm { get; }

    /// <summary>Upscaled1 to [2, 2, Upscaled2], positions padded to whole lanes.</summary>
    public Linear Upscale2 { get; }

    public HeadMlp[] Hypernetworks { get; }

    public HeadMlp IouHead { get; }
}
