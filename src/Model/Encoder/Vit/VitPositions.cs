using SamNative.Kernels;

namespace SamNative;

/// <summary>Where tokens are, for one frame: position embeddings, and each block's tables of relative positions.</summary>
internal sealed class VitPositions
{
    public VitPositions(WeightLoader loader, VitGeometry g)
    {
        Embeddings = loader.Rows(VitWeights.Prefix + "pos_embed", g.Width, g.Stride);
        Relative = new RelativePositions[g.Config.Depth];
        for (int i = 0; i < Relative.Length; i++)
        {
            AttentionHead head = g.Head(g.Config.IsGlobal(i));
            Relative[i] = loader.RelativePositions($"{VitWeights.Prefix}blocks.{i}.attn.", head.Groups, head.Width, g.HeadDim);
        }
    }

    /// <summary>[Tokens, Stride].</summary>
    public NativeBuffer Embeddings { get; }

    /// <summary>For each block.</summary>
    public RelativePositions[] Relative { get; }
}
