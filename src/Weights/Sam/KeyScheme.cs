using System.Collections.Immutable;
using System.Globalization;

namespace SamNative.Weights;

/// <summary>
/// How a file spells the keys of the original: what stands in front of them, and whether they have the names of
/// Hugging Face (transformers, <c>convert_sam_to_hf.py</c>).
/// </summary>
/// <param name="Wrapper">In front of every key: empty, <c>module.</c>, <c>sam.</c> and the like, also combined.</param>
/// <param name="EncoderPrefix">In front of the encoder's keys, the wrapper included.</param>
/// <param name="HuggingFace">Whether keys are renamed.</param>
internal sealed record KeyScheme(string Wrapper, string EncoderPrefix, bool HuggingFace)
{
    /// <summary>Hugging Face keeps the position matrix here, and often once more below the prompt encoder.</summary>
    private const string SharedPositionMatrix = "shared_image_embedding.positional_embedding";

    private const string HuggingFaceEncoder = "vision_encoder.";

    private static readonly string[] wrappers = ["module.", "sam.", "model.", "transformer."];

    /// <summary>Where vision-language models keep the same encoder: Vary, GOT-OCR2.0, DeepSeek-OCR.</summary>
    private static readonly string[] towers = ["vision_tower_high.", "vision_tower_2.", "vision_tower.", "sam_model."];

    /// <summary>Keys that every encoder has; where two of three share a prefix, there is an encoder.</summary>
    private static readonly (string Key, bool HuggingFace)[] anchors =
    [
        ("patch_embed.proj.weight", false),
        ("blocks.0.attn.qkv.weight", false),
        ("neck.0.weight", false),
        ("patch_embed.projection.weight", true),
        ("layers.0.attn.qkv.weight", true),
        ("neck.conv1.weight", true),
    ];

    /// <summary>Renames in this order; each replaces all occurrences.</summary>
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
        ("image_encoder.", HuggingFaceEncoder),
        ("neck.0", "neck.conv1"),
        ("neck.1", "neck.layer_norm1"),
        ("neck.2", "neck.conv2"),
        ("neck.3", "neck.layer_norm2"),
        ("patch_embed.proj.", "patch_embed.projection."),
        (".norm", ".layer_norm"),
        ("blocks.", "layers."),
        .. Enumerable.Range(0, SamLayout.MaskTokens).SelectMany(mask => Mlp($"output_hypernetworks_mlps.{mask}")),
    ];

    /// <summary>Whether the encoder has the name it has in a whole SAM, and is not bare or a tower.</summary>
    public bool IsWholeModel => EncoderPrefix.EndsWith(SamLayout.EncoderPrefix, StringComparison.Ordinal)
        || EncoderPrefix.EndsWith(HuggingFaceEncoder, StringComparison.Ordinal);

    /// <summary>Whether the encoder is part of a vision-language model, whose other keys do not concern us.</summary>
    public bool IsTower => !IsWholeModel && EncoderPrefix != Wrapper;

    /// <summary>Whether everything in front of the keys is known.</summary>
    public bool IsKnown => IsWholeModel
        ? EncoderPrefix == Wrapper + SamLayout.EncoderPrefix || EncoderPrefix == Wrapper + HuggingFaceEncoder
        : EncoderPrefix == Wrapper || towers.Contains(EncoderPrefix[Wrapper.Length..]);

    /// <summary>A whole model with known names.</summary>
    public static KeyScheme WholeModel(string wrapper, bool huggingFace) =>
        new(wrapper, wrapper + (huggingFace ? HuggingFaceEncoder : SamLayout.EncoderPrefix), huggingFace);

    /// <summary>Finds the encoder among a file's keys, or null where there is none.</summary>
    public static KeyScheme? Find(KeyTable table)
    {
        Dictionary<(string Prefix, bool HuggingFace), int> found = [];
        foreach (string name in table.Keys)
        {
            foreach ((string key, bool huggingFace) in anchors)
            {
                if (name.EndsWith(key, StringComparison.Ordinal))
                {
                    string prefix = name[..^key.Length];
                    found[(prefix, huggingFace)] = found.GetValueOrDefault((prefix, huggingFace)) + 1;
                }
            }
        }

        (string Prefix, bool HuggingFace) best = found
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key.Prefix, StringComparer.Ordinal)
            .Where(pair => pair.Value >= 2)
            .Select(pair => pair.Key)
            .FirstOrDefault();
        return best.Prefix is null ? null : new KeyScheme(WrapperOf(best.Prefix), best.Prefix, best.HuggingFace);
    }

    /// <summary>The known wrappers that a text begins with.</summary>
    public static string WrapperOf(string text)
    {
        int length = 0;
        while (Array.Find(wrappers, w => text.AsSpan(length).StartsWith(w, StringComparison.Ordinal)) is string found)
        {
            length += found.Length;
        }

        return text[..length];
    }

    /// <summary>How this file spells a key of the original; a second name stands for the same tensor.</summary>
    public ImmutableArray<string> NamesInFile(string canonical)
    {
        string name = HuggingFace ? ToHuggingFace(canonical) : canonical;
        string encoder = HuggingFace ? HuggingFaceEncoder : SamLayout.EncoderPrefix;
        if (name.StartsWith(encoder, StringComparison.Ordinal))
        {
            return [EncoderPrefix + name[encoder.Length..]];
        }

        return HuggingFace && canonical == SamLayout.PositionMatrix
            ? [Wrapper + SharedPositionMatrix, Wrapper + name]
            : [Wrapper + name];
    }

    /// <summary>Whether the file holds anything of a whole model beside the encoder.</summary>
    public bool HasDecoder(KeyTable table) => IsWholeModel && table.Keys.Any(name =>
        name.StartsWith(Wrapper + SamLayout.PromptPrefix, StringComparison.Ordinal)
        || name.StartsWith(Wrapper + SamLayout.DecoderPrefix, StringComparison.Ordinal));

    /// <summary>The number of encoder blocks: one more than the largest block number.</summary>
    public int CountBlocks(KeyTable table)
    {
        string prefix = EncoderPrefix + (HuggingFace ? "layers." : "blocks.");
        int count = 0;
        foreach (string name in table.Keys)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                ReadOnlySpan<char> rest = name.AsSpan(prefix.Length);
                int digits = rest.IndexOf('.');
                if (digits > 0
                    && int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int block)
                    && block < SamConfig.MaxDepth)
                {
                    count = Math.Max(count, block + 1);
                }
            }
        }

        return count;
    }

    private static string ToHuggingFace(string canonical) =>
        renames.Aggregate(canonical, static (name, rename) =>
            name.Replace(rename.Original, rename.HuggingFace, StringComparison.Ordinal));

    private static (string Original, string HuggingFace)[] Mlp(string name) =>
    [
        ($"{name}.layers.0", $"{name}.proj_in"),
        ($"{name}.layers.1", $"{name}.layers.0"),
        ($"{name}.layers.2", $"{name}.proj_out"),
    ];
}
