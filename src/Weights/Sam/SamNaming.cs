using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// How a file spells the keys of a SAM: what stands in front of them, and whether they have the names of Hugging Face
/// (transformers, <c>convert_sam_to_hf.py</c>). The encoder may also be bare, or the tower of another model.
/// </summary>
/// <param name="wrapper">In front of every key: empty, <c>module.</c>, <c>sam.</c> and the like, also combined.</param>
/// <param name="encoderPrefix">In front of the encoder's keys, the wrapper included.</param>
/// <param name="huggingFace">Whether keys are renamed.</param>
internal sealed class SamNaming(string wrapper, string encoderPrefix, bool huggingFace) : KeyNaming
{
    /// <summary>Hugging Face keeps the position matrix here, and often once more below the prompt encoder.</summary>
    private const string SharedPositionMatrix = "shared_image_embedding.positional_embedding";

    /// <summary>What sam-hq adds to the decoder.</summary>
    private static readonly string[] hqParts =
        ["hf_token.", "hf_mlp.", "compress_vit_feat.", "embedding_encoder.", "embedding_maskfeature."];

    /// <summary>Renames outside the encoder, in this order; each replaces all occurrences.</summary>
    private static readonly (string Original, string HuggingFace)[] renames =
    [
        .. Mlp("iou_prediction_head"),
        ("output_upscaling.0", "upscale_conv1"),
        ("output_upscaling.1", "upscale_layer_norm"),
        ("output_upscaling.3", "upscale_conv2"),
        ("mask_downscaling.0", "mask_embed.conv1"),
        ("mask_downscaling.1", "mask_embed.layer_norm1"),
        ("mask_downscaling.3", "mask_embed.conv2"),
        ("mask_downscaling.4", "mask_embed.layer_norm2"),
        ("mask_downscaling.6", "mask_embed.conv3"),
        ("point_embeddings", "point_embed"),
        ("pe_layer.positional_encoding_gaussian_matrix", "shared_embedding.positional_embedding"),
        (".norm", ".layer_norm"),
        .. Enumerable.Range(0, SamLayout.MaskTokens).SelectMany(mask => Mlp($"output_hypernetworks_mlps.{mask}")),
    ];

    /// <inheritdoc/>
    public override string EncoderPrefix => encoderPrefix;

    /// <inheritdoc/>
    public override bool IsKnown => IsWholeModel
        ? EncoderPrefix == wrapper + VitNames.Encoder || EncoderPrefix == wrapper + VitNames.HuggingFaceEncoder
        : EncoderPrefix == wrapper || TowerNaming.IsHome(EncoderPrefix[wrapper.Length..]);

    /// <inheritdoc/>
    public override string Spelling => huggingFace ? "Hugging Face" : "the original";

    /// <summary>Whether the encoder has the name it has in a whole SAM, and is not bare or a tower.</summary>
    private bool IsWholeModel => !TowerNaming.IsHome(EncoderPrefix[wrapper.Length..])
        && (EncoderPrefix.EndsWith(VitNames.Encoder, StringComparison.Ordinal)
            || EncoderPrefix.EndsWith(VitNames.HuggingFaceEncoder, StringComparison.Ordinal));

    /// <summary>A whole model with known names.</summary>
    public static SamNaming WholeModel(string wrapper, bool huggingFace) =>
        new(wrapper, wrapper + (huggingFace ? VitNames.HuggingFaceEncoder : VitNames.Encoder), huggingFace);

    /// <summary>Finds the encoder among a file's keys, or null where there is none.</summary>
    public static SamNaming? Find(KeyTable table) =>
        VitNames.Find(table) is [(string prefix, bool huggingFace), ..]
            ? new SamNaming(WrapperOf(prefix), prefix, huggingFace)
            : null;

    /// <inheritdoc/>
    public override ImmutableArray<string> NamesInFile(string canonical)
    {
        if (canonical.StartsWith(VitNames.Encoder, StringComparison.Ordinal))
        {
            string key = canonical[VitNames.Encoder.Length..];
            return [EncoderPrefix + (huggingFace ? VitNames.ToHuggingFace(key) : key)];
        }

        if (!huggingFace)
        {
            return [wrapper + canonical];
        }

        string name = wrapper + VitNames.Rename(canonical, renames);
        return canonical == SamLayout.PositionMatrix ? [wrapper + SharedPositionMatrix, name] : [name];
    }

    /// <inheritdoc/>
    public override bool IsOutside(string key) =>
        !IsWholeModel && EncoderPrefix != wrapper && !key.StartsWith(EncoderPrefix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string? NoteOn(string key) => this switch
    {
        _ when TowerNaming.IsBehindEncoder(key, wrapper, EncoderPrefix) =>
            "tensors of the layers behind the encoder (net_2, net_3) are not used.",
        { IsWholeModel: true } when StartsWithAny(key, wrapper + SamLayout.DecoderPrefix, hqParts) =>
            "tensors of sam-hq are not used: masks are those of the plain decoder.",
        _ => null,
    };

    /// <summary>Whether the file holds anything of a whole model beside the encoder.</summary>
    public bool HasDecoder(KeyTable table) => IsWholeModel && table.Keys.Any(name =>
        name.StartsWith(wrapper + SamLayout.PromptPrefix, StringComparison.Ordinal)
        || name.StartsWith(wrapper + SamLayout.DecoderPrefix, StringComparison.Ordinal));

    /// <summary>The number of encoder blocks.</summary>
    public int CountBlocks(KeyTable table) => VitNames.CountBlocks(table, EncoderPrefix, huggingFace);

    private static bool StartsWithAny(string name, string prefix, string[] parts) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && parts.Any(part => name.AsSpan(prefix.Length).StartsWith(part, StringComparison.Ordinal));

    private static (string Original, string HuggingFace)[] Mlp(string name) =>
    [
        ($"{name}.layers.0", $"{name}.proj_in"),
        ($"{name}.layers.1", $"{name}.layers.0"),
        ($"{name}.layers.2", $"{name}.proj_out"),
    ];
}
