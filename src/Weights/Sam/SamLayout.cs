using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>A tensor that a model needs.</summary>
/// <param name="Name">The key of the original's <c>state_dict</c>.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
public sealed record LayoutTensor(string Name, ImmutableArray<long> Shape)
{
    /// <summary>The number of values.</summary>
    public long ElementCount => Shape.Aggregate(1L, static (product, side) => product * side);
}

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

    internal const string EncoderPrefix = "image_encoder.";
    internal const string PromptPrefix = "prompt_encoder.";
    internal const string DecoderPrefix = "mask_decoder.";
    internal const string PositionMatrix = "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";

    /// <summary>Lists the tensors of a configuration.</summary>
    /// <exception cref="CheckpointException">The configuration is impossible.</exception>
    public SamLayout(SamConfig config)
    {
        config.Validate("The configuration");
        Encoder = BuildEncoder(config);
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

    private static ImmutableArray<LayoutTensor> BuildEncoder(SamConfig config)
    {
        (int embed, int patch, int prompt) = (config.EmbedDim, config.PatchSize, config.PromptEmbedDim);
        Part part = new(EncoderPrefix);
        part.Add("pos_embed", 1, config.Grid, config.Grid, embed);
        part.AddLayer("patch_embed.proj", embed, 3, patch, patch);
        for (int n = 0; n < config.Depth; n++)
        {
            int side = config.IsGlobal(n) ? config.Grid : config.WindowSize;
            part.AddLayer($"blocks.{n}.norm1", embed);
            part.Add($"blocks.{n}.attn.rel_pos_h", (2 * side) - 1, config.HeadDim);
            part.Add($"blocks.{n}.attn.rel_pos_w", (2 * side) - 1, config.HeadDim);
            part.AddLayer($"blocks.{n}.attn.qkv", 3 * embed, embed);
            part.AddLayer($"blocks.{n}.attn.proj", embed, embed);
            part.AddLayer($"blocks.{n}.norm2", embed);
            part.AddLayer($"blocks.{n}.mlp.lin1", config.MlpDim, embed);
            part.AddLayer($"blocks.{n}.mlp.lin2", embed, config.MlpDim);
        }

        part.Add("neck.0.weight", prompt, embed, 1, 1);
        part.AddLayer("neck.1", prompt);
        part.Add("neck.2.weight", prompt, prompt, 3, 3);
        part.AddLayer("neck.3", prompt);
        return part.ToImmutable();
    }

    private static ImmutableArray<LayoutTensor> BuildPromptEncoder(SamConfig config)
    {
        (int prompt, int chans) = (config.PromptEmbedDim, config.MaskInChans);
        Part part = new(PromptPrefix);
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
        Part part = new(DecoderPrefix);
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

    /// <summary>Collects the tensors below a prefix, layer by layer.</summary>
    private sealed class Part(string prefix)
    {
        private readonly ImmutableArray<LayoutTensor>.Builder tensors = ImmutableArray.CreateBuilder<LayoutTensor>();

        public void Add(string name, params ReadOnlySpan<long> shape) =>
            tensors.Add(new LayoutTensor(prefix + name, [.. shape]));

        /// <summary>A linear layer, a convolution or a norm: a weight, and a bias as long as its first side.</summary>
        public void AddLayer(string name, params ReadOnlySpan<long> shape)
        {
            Add($"{name}.weight", shape);
            Add($"{name}.bias", shape[0]);
        }

        /// <summary>A transposed 2 x 2 convolution, whose first side is its input.</summary>
        public void AddTransposed(string name, int input, int output)
        {
            Add($"{name}.weight", input, output, 2, 2);
            Add($"{name}.bias", output);
        }

        public void AddAttention(string name, int width, int inner)
        {
            AddLayer($"{name}.q_proj", inner, width);
            AddLayer($"{name}.k_proj", inner, width);
            AddLayer($"{name}.v_proj", inner, width);
            AddLayer($"{name}.out_proj", width, inner);
        }

        public void AddMlp(string name, int input, int hidden, int output)
        {
            AddLayer($"{name}.layers.0", hidden, input);
            AddLayer($"{name}.layers.1", hidden, hidden);
            AddLayer($"{name}.layers.2", output, hidden);
        }

        public ImmutableArray<LayoutTensor> ToImmutable() => tensors.ToImmutable();
    }
}
