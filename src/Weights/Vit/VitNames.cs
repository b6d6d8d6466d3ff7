using System.Globalization;

namespace SamNative.Weights;

/// <summary>How files spell the keys of SAM's vision transformer, and where in a file it is.</summary>
internal static class VitNames
{
    /// <summary>In front of the encoder's keys in the original.</summary>
    public const string Encoder = "image_encoder.";

    /// <summary>In front of them in Hugging Face's SAM (transformers, <c>convert_sam_to_hf.py</c>).</summary>
    public const string HuggingFaceEncoder = "vision_encoder.";

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
        ("neck.0", "neck.conv1"),
        ("neck.1", "neck.layer_norm1"),
        ("neck.2", "neck.conv2"),
        ("neck.3", "neck.layer_norm2"),
        ("patch_embed.proj.", "patch_embed.projection."),
        (".norm", ".layer_norm"),
        ("blocks.", "layers."),
    ];

    /// <summary>A key of the encoder, without its prefix, in the names of Hugging Face.</summary>
    public static string ToHuggingFace(string key) => Rename(key, renames);

    /// <summary>Applies renames one after the other.</summary>
    public static string Rename(string key, IEnumerable<(string From, string To)> renames) =>
        renames.Aggregate(key, static (name, rename) => name.Replace(rename.From, rename.To, StringComparison.Ordinal));

    /// <summary>Finds the encoders among a file's keys, the most familiar first: what stands in front, and whose names.</summary>
    public static IReadOnlyList<(string Prefix, bool HuggingFace)> Find(KeyTable table)
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

        return
        [
            .. found
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Prefix, StringComparer.Ordinal)
                .Where(pair => pair.Value >= 2)
                .Select(pair => pair.Key),
        ];
    }

    /// <summary>The number of blocks: one more than the largest block number.</summary>
    public static int CountBlocks(KeyTable table, string encoderPrefix, bool huggingFace)
    {
        string prefix = encoderPrefix + (huggingFace ? "layers." : "blocks.");
        int count = 0;
        foreach (string name in table.Keys)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                ReadOnlySpan<char> rest = name.AsSpan(prefix.Length);
                int digits = rest.IndexOf('.');
                if (digits > 0
                    && int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int block)
                    && block < VitConfig.MaxDepth)
                {
                    count = Math.Max(count, block + 1);
                }
            }
        }

        return count;
    }
}
