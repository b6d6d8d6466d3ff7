using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>Reads the numbers of SAM's vision transformer off the shapes of its tensors.</summary>
/// <param name="sides">The file's tensors.</param>
/// <param name="depth">The number of encoder blocks.</param>
internal sealed class VitShapes(TensorSides sides, int depth)
{
    private const string Encoder = VitNames.Encoder;
    private const string FirstBlock = $"{Encoder}blocks.0.";

    /// <summary>The channels behind the neck; 0 where no shape shows them.</summary>
    public int NeckChannels { get; } = TensorSides.Majority(
        sides[$"{Encoder}neck.0.weight", 0], sides[$"{Encoder}neck.1.weight", 0], sides[$"{Encoder}neck.2.weight", 0]);

    /// <summary>
    /// The template with the encoder's numbers but the neck's, or null where the shapes show no encoder; it may still be an
    /// impossible one. The patch of an encoder that has none is the template's.
    /// </summary>
    public TConfig? Read<TConfig>(TConfig template)
        where TConfig : VitConfig
    {
        int embed = TensorSides.Majority(
            sides[$"{Encoder}pos_embed", 3],
            sides[$"{Encoder}patch_embed.proj.weight", 0],
            sides[$"{Encoder}neck.0.weight", 1],
            sides[$"{FirstBlock}norm1.weight", 0]);
        int patch = TensorSides.Majority(
            sides[$"{Encoder}patch_embed.proj.weight", 2], sides[$"{Encoder}patch_embed.proj.weight", 3]);
        int headDim = TensorSides.Majority(sides[$"{FirstBlock}attn.rel_pos_h", 1], sides[$"{FirstBlock}attn.rel_pos_w", 1]);
        int hidden = TensorSides.Majority(
            sides[$"{FirstBlock}mlp.lin1.weight", 0],
            sides[$"{FirstBlock}mlp.lin1.bias", 0],
            sides[$"{FirstBlock}mlp.lin2.weight", 1]);
        ImmutableArray<int> spans = [.. Enumerable.Range(0, depth).Select(AttentionSide)];
        int grid = TensorSides.Majority(
            sides[$"{Encoder}pos_embed", 1], sides[$"{Encoder}pos_embed", 2], spans.DefaultIfEmpty().Max());
        if (embed == 0 || headDim == 0 || hidden == 0 || NeckChannels == 0 || grid == 0)
        {
            return null;
        }

        patch = patch == 0 ? template.PatchSize : patch;
        int window = WindowOf(spans, grid);
        return (TConfig)(template with
        {
            ImgSize = (int)Math.Min((long)grid * patch, int.MaxValue),
            PatchSize = patch,
            EmbedDim = embed,
            Depth = depth,
            NumHeads = embed / headDim,
            MlpRatio = (double)hidden / embed,
            WindowSize = window,
            GlobalAttnIndexes = [.. Enumerable.Range(0, depth).Where(n => spans[n] == grid || spans[n] > window)],
        });
    }

    /// <summary>
    /// The side of the windows: the most frequent side other than the grid's, the smaller of two equally frequent.
    /// Where every block spans the grid there is none, and the grid stands for it: such a window is the whole picture,
    /// so it does not matter whether a block counts as windowed or global (here: global).
    /// </summary>
    private static int WindowOf(ImmutableArray<int> spans, int grid) => spans
        .Where(span => span != 0 && span != grid)
        .CountBy(span => span)
        .OrderByDescending(pair => pair.Value)
        .ThenBy(pair => pair.Key)
        .Select(pair => pair.Key)
        .FirstOrDefault(grid);

    /// <summary>The side of the square a block's attention spans, from its 2 * side - 1 relative positions.</summary>
    private int AttentionSide(int block)
    {
        int length = TensorSides.Majority(
            sides[$"{Encoder}blocks.{block}.attn.rel_pos_h", 0], sides[$"{Encoder}blocks.{block}.attn.rel_pos_w", 0]);
        return (int)(((long)length + 1) / 2);
    }
}
