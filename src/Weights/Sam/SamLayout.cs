using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// The tensors of a model in the order of the original's <c>state_dict</c> (facebookresearch/segment-anything,
/// <c>modeling/image_encoder.py</c>, <c>prompt_encoder.py</c>, <c>mask_decoder.py</c>, <c>transformer.py</c>).
/// </summary>
public sealed class SamLayout
{
    /// <summary>The masks a prompt gives: one for a precise prompt, three for an ambiguous one.</summary>
    public const int MaskTokens = 4;

    /// <summary>The two-way layers of the decoder.</summary>
    public const int DecoderLayers = 2;

    internal const string PromptPrefix = "prompt_encoder.";
    internal const string DecoderPrefix = "mask_decoder.";
    internal const string PositionMatrix = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";

    /// <summary>Lists the tensors of a configuration.</summary>
    /// <exception cref="CheckpointException">The configuration is impossible.</exception>
    public SamLayout(SamConfig config)
    {
        config.Validate("The configuration");
        Encoder = VitLayout.Of(config);
        PromptEncoder = BuildPromptEncoder(config);
        MaskDecoder = BuildMaskDecoder(config);
        Tensors = [.. Encoder, .. PromptEncoder, .. MaskDecoder];
    }

    /// <summary>The image encoder: 177 tensors, 89,670,912 values for ViT-B.</summary>
    public ImmutableArray<LayoutTensor> Encoder { get; }

    /// <summary>The prompt encoder: 17 tensors, 6,476 values for ViT-B.</summary>
    public ImmutableArray<LayoutTensor> PromptEncoder { get; }

    /// <summary>The mask decoder: 120 tensors, 4,058,340 values for ViT-B.</summary>
    public ImmutableArray<LayoutTensor> MaskDecoder { get; }

    /// <summary>All tensors: encoder, prompt encoder, decoder.</summary>
    public ImmutableArray<LayoutTensor> Tensors { get; }

    private static ImmutableArray<LayoutTensor> BuildPromptEncoder(SamConfig config)
    {
        (int prompt, int chans) = (config.PromptEmbedDim, config.MaskInChans);
        LayoutPart part = new(PromptPrefix);
        part.Add("pe_layer.positional_encoding_gaussian_matrix", 2, prompt / 2);
        for (int label = 0; label < 4; label++)
        {
            part.Add($"point_embeddings.{label}.weight", 1, prompt);
        }

        part.Add("not_a_point_embed.weight", 1, prompt);
        part.AddLayer("mask_downscaling.0", chans / 4, 1, 2, 2);
        part.AddLayer("mask_downscaling.1", chans / 4);
        part.AddLayer("mask_downscaling.3", chans, chans / 4, 2, 2);
        part.AddLayer("mask_downscaling.4", chans);
        part.AddLayer("mask_downscaling.6", prompt, chans, 1, 1);
        part.Add("no_mask_embed.weight", 1, prompt);
        return part.ToImmutable();
    }

    private static ImmutableArray<LayoutTensor> BuildMaskDecoder(SamConfig config)
    {
        int prompt = config.PromptEmbedDim;
        LayoutPart part = new(DecoderPrefix);
        for (int n = 0; n < DecoderLayers; n++)
        {
            string layer = $"transformer.layers.{n}";
            part.AddAttention($"{layer}.self_attn", prompt, prompt);
            part.AddLayer($"{layer}.norm1", prompt);
            part.AddAttention($"{layer}.cross_attn_token_to_image", prompt, prompt / 2);
            part.AddLayer($"{layer}.norm2", prompt);
            part.AddLayer($"{layer}.mlp.lin1", config.DecoderMlpDim, prompt);
            part.AddLayer($"{layer}.mlp.lin2", prompt, config.DecoderMlpDim);
            part.AddLayer($"{layer}.norm3", prompt);
            part.AddLayer($"{layer}.norm4", prompt);
            part.AddAttention($"{layer}.cross_attn_image_to_token", prompt, prompt / 2);
        }

        part.AddAttention("transformer.final_attn_token_to_image", prompt, prompt / 2);
        part.AddLayer("transformer.norm_final_attn", prompt);
        part.Add("iou_token.weight", 1, prompt);
        part.Add("mask_tokens.weight", MaskTokens, prompt);
        part.AddTransposed("output_upscaling.0", prompt, prompt / 4);
        part.AddLayer("output_upscaling.1", prompt / 4);
        part.AddTransposed("output_upscaling.3", prompt / 4, prompt / 8);
        for (int mask = 0; mask < MaskTokens; mask++)
        {
            part.AddMlp($"output_hypernetworks_mlps.{mask}", prompt, prompt, prompt / 8);
        }

        part.AddMlp("iou_prediction_head", prompt, config.IouHeadHiddenDim, MaskTokens);
        return part.ToImmutable();
    }
}
