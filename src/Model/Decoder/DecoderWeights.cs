using SamNative.Kernels;

namespace SamNative;

/// <summary>The weights that answer prompts, packed for a set of kernels: prompt encoder and mask decoder.</summary>
internal sealed class DecoderWeights
{
    /// <param name="g">The sizes on the square that the model encodes into; pictures may come in other frames.</param>
    public DecoderWeights(WeightLoader loader, DecoderGeometry g, KernelSet kernels)
    {
        Geometry = g;
        Kernels = kernels;
        Prompt = new PromptWeights(loader, g);
        const string Prefix = "mask_decoder.";
        IouToken = loader.Vector(Prefix + "iou_token.weight");
        MaskTokens = loader.Rows(Prefix + "mask_tokens.weight", g.Width, Lane.RoundUp(g.Width));
        Layers =
        [
            new TwoWayLayer(loader, g, Prefix + "transformer.layers.0."),
            new TwoWayLayer(loader, g, Prefix + "transformer.layers.1."),
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
        Hypernetworks = new OutputMlp[DecoderGeometry.Masks];
        for (int i = 0; i < Hypernetworks.Length; i++)
        {
            Hypernetworks[i] = OutputMlp.Load(
                loader, $"{Prefix}output_hypernetworks_mlps.{i}", g.Width, g.Width, g.Upscaled2);
        }

        IouMlp = OutputMlp.Load(loader, Prefix + "iou_prediction_head", g.Width, g.IouHidden, DecoderGeometry.Masks);
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

    public OutputMlp[] Hypernetworks { get; }

    public OutputMlp IouMlp { get; }
}
