using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// The tensors of SAM's vision transformer in the order of the original's <c>state_dict</c>
/// (facebookresearch/segment-anything, <c>modeling/image_encoder.py</c>).
/// </summary>
internal static class VitLayout
{
    /// <summary>The image encoder: 177 tensors, 89,670,912 values for ViT-B.</summary>
    public static ImmutableArray<LayoutTensor> Of(VitConfig config)
    {
        (int embed, int patch) = (config.EmbedDim, config.PatchSize);
        LayoutPart part = new(VitNames.Encoder);
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

        AddNeck(part, "neck", config);
        return part.ToImmutable();
    }

    /// <summary>A 1 x 1 convolution, a norm, a 3 x 3 convolution, a norm.</summary>
    public static void AddNeck(LayoutPart part, string name, VitConfig config)
    {
        int channels = config.NeckChannels;
        part.Add($"{name}.0.weight", channels, config.EmbedDim, 1, 1);
        part.AddLayer($"{name}.1", channels);
        part.Add($"{name}.2.weight", channels, channels, 3, 3);
        part.AddLayer($"{name}.3", channels);
    }
}
