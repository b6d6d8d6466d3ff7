using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative;

/// <summary>The packed weights of one transformer block.</summary>
internal sealed record BlockWeights(Norm Norm1, Linear Qkv, Linear Proj, Norm Norm2, Linear Lin1, Linear Lin2);

/// <summary>The packed weights of the image encoder, but for what depends on the frame: <see cref="VitPositions"/>.</summary>
internal sealed class VitWeights
{
    public const string Prefix = "image_encoder.";

    public VitWeights(WeightLoader loader, VitGeometry g)
    {
        VitConfig config = g.Config;
        Patch = loader.Linear(Prefix + "patch_embed.proj", 3 * config.PatchSize * config.PatchSize, g.Width);
        Blocks = new BlockWeights[config.Depth];
        for (int i = 0; i < config.Depth; i++)
        {
            Blocks[i] = Block(loader, g, $"{Prefix}blocks.{i}.");
        }

        Neck = new NeckWeights(loader, Prefix + "neck.", g.Width, config.NeckChannels);
        Zeros = loader.Buffer(g.Stride);
    }

    public Linear Patch { get; }

    public BlockWeights[] Blocks { get; }

    public NeckWeights Neck { get; }

    /// <summary>[Width]: a bias of zeros.</summary>
    public NativeBuffer Zeros { get; }

    private static BlockWeights Block(WeightLoader loader, VitGeometry g, string name)
    {
        Linear qkv = loader.Linear(
            name + "attn.qkv.weight", name + "attn.qkv.bias", g.Width,
            LinearMap.SplitHeads(g.Width, 3, g.Heads, g.HeadDim), g.Form);
        Linear proj = loader.Linear(
            name + "attn.proj.weight", name + "attn.proj.bias", g.Width,
            LinearMap.JoinHeads(g.Heads, g.HeadDim, g.Width), g.Form);
        Linear lin1 = loader.Linear(name + "mlp.lin1", g.Width, g.Hidden, g.Form);
        Linear lin2 = loader.Linear(name + "mlp.lin2", g.Hidden, g.Width, g.Form, PackedMatrix.Chunk);
        return new BlockWeights(
            loader.Norm(name + "norm1", Norm.Epsilon6), qkv, proj, loader.Norm(name + "norm2", Norm.Epsilon6), lin1, lin2);
    }
}
