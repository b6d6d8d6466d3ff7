using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>The packed weights of one transformer block.</summary>
internal sealed record BlockWeights(
    bool Global, Norm Norm1, Linear Qkv, RelativePositions Positions, Linear Proj, Norm Norm2, Linear Lin1, Linear Lin2)

{ }

/// <summary>The packed weights of the image encoder.</summary>
internal sealed class EncoderWeights
{
    public EncoderWeights(WeightLoader loader, EncoderGeometry g)
    {
        SamConfig config = loader.Config;
        const string Prefix = "image_encoder.";
        int patchInputs = 3 * config.PatchSize * config.PatchSize;
        Patch = loader.Linear(Prefix + "patch_embed.proj", patchInputs, g.Width);
        Positions = loader.Rows(Prefix + "pos_embed", g.Width, g.Stride);
        Blocks = new BlockWeights[config.Depth];
        for (int i = 0; i < config.Depth; i++)
        {
            Blocks[i] = Block(loader, g, $"{Prefix}blocks.{i}.", config.IsGlobal(i));
        }

        Neck0 = loader.Linear(Prefix + "neck.0.weight", null, g.Width, LinearMap.Identity(g.Width, g.NeckWidth));
        Neck1 = loader.Norm(Prefix + "neck.1", Norm.Epsilon6);
        Neck2 = loader.Linear(
            Prefix + "neck.2.weight", null, 9 * g.NeckWidth, LinearMap.Convolution(g.NeckWidth, 3, g.NeckWidth));
        Neck3 = loader.Norm(Prefix + "neck.3", Norm.Epsilon6);
    }

    public Linear Patch { get; }

    /// <summary>[Tokens, Stride].</summary>
    public NativeBuffer Positions { get; }

    public BlockWeights[] Blocks { get; }

    public Linear Neck0 { get; }

    public Norm Neck1 { get; }

    public Linear Neck2 { get; }

    public Norm Neck3 { get; }

    private static BlockWeights Block(WeightLoader loader, EncoderGeometry g, string name, bool global)
    {
        int side = global ? g.Grid : g.Window;
        Norm norm1 = loader.Norm(name + "norm1", Norm.Epsilon6);
        Linear qkv = loader.Linear(
            name + "attn.qkv.weight", name + "attn.qkv.bias", g.Width,
            LinearMap.SplitHeads(g.Width, 3, g.Heads, g.HeadDim));
        RelativePositions positions = loader.RelativePositions(name + "attn.", side, g.HeadDim);
        Linear proj = loader.Linear(
            name + "attn.proj.weight", name + "attn.proj.bias", g.Width,
            LinearMap.JoinHeads(g.Heads, g.HeadDim, g.Width));
        Norm norm2 = loader.Norm(name + "norm2", Norm.Epsilon6);
        Linear lin1 = loader.Linear(name + "mlp.lin1", g.Width, g.Hidden);
        Linear lin2 = loader.Linear(name + "mlp.lin2", g.Hidden, g.Width);
        if (g.Strassen)
        {
            qkv = loader.Strassen(qkv);
            proj = loader.Strassen(proj);
            lin1 = loader.Strassen(lin1);
            lin2 = loader.Strassen(lin2, PackedMatrix.Chunk);
        }

        return new BlockWeights(global, norm1, qkv, positions, proj, norm2, lin1, lin2);
    }
}
