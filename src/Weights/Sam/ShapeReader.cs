using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// Reads a model's configuration off the shapes of its tensors. Each number shows in several places and the majority
/// counts, so that one tensor of a wrong shape is reported itself, and not all the others.
/// </summary>
/// <param name="shapeOf">The shape of a tensor by the original's key, or null where the file lacks it.</param>
/// <param name="depth">The number of encoder blocks.</param>
internal sealed class ShapeReader(Func<string, ImmutableArray<long>?> shapeOf, int depth)
{
    private const string Encoder = SamLayout.EncoderPrefix;
    private const string FirstBlock = $"{Encoder}blocks.0.";
    private const string Downscaling = $"{SamLayout.PromptPrefix}mask_downscaling.";
    private const string DecoderMlp = $"{SamLayout.DecoderPrefix}transformer.layers.0.mlp.";
    private const string IouHead = $"{SamLayout.DecoderPrefix}iou_prediction_head.layers.";

    /// <summary>
    /// The configuration, or null where the shapes show no encoder; it may still be an impossible one. The numbers of
    /// a tensor or a decoder that is not there, and the decoder's heads, are those of the published models.
    /// </summary>
    public SamConfig? Read()
    {
        int embed = Majority(
            Side($"{Encoder}pos_embed", 3),
            Side($"{Encoder}patch_embed.proj.weight", 0),
            Side($"{Encoder}neck.0.weight", 1),
            Side($"{FirstBlock}norm1.weight", 0));
        int patch = Majority(
            Side($"{Encoder}patch_embed.proj.weight", 2), Side($"{Encoder}patch_embed.proj.weight", 3));
        int headDim = Majority(Side($"{FirstBlock}attn.rel_pos_h", 1), Side($"{FirstBlock}attn.rel_pos_w", 1));
        int hidden = Majority(
            Side($"{FirstBlock}mlp.lin1.weight", 0),
            Side($"{FirstBlock}mlp.lin1.bias", 0),
            Side($"{FirstBlock}mlp.lin2.weight", 1));
        int prompt = Majority(
            Side($"{Encoder}neck.0.weight", 0), Side($"{Encoder}neck.1.weight", 0), Side($"{Encoder}neck.2.weight", 0));
        ImmutableArray<int> spans = [.. Enumerable.Range(0, depth).Select(AttentionSide)];
        int grid = Majority(
            Side($"{Encoder}pos_embed", 1), Side($"{Encoder}pos_embed", 2), spans.DefaultIfEmpty().Max());
        if (embed == 0 || headDim == 0 || hidden == 0 || prompt == 0 || grid == 0)
        {
            return null;
        }

        patch = patch == 0 ? SamConfig.VitB.PatchSize : patch;
        int window = WindowOf(spans, grid);
        return ReadDecoder(SamConfig.VitB with
        {
            ImgSize = (int)Math.Min((long)grid * patch, int.MaxValue),
            PatchSize = patch,
            EmbedDim = embed,
            Depth = depth,
            NumHeads = embed / headDim,
            MlpRatio = (double)hidden / embed,
            WindowSize = window,
            GlobalAttnIndexes = [.. Enumerable.Range(0, depth).Where(n => spans[n] == grid || spans[n] > window)],
            PromptEmbedDim = prompt,
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

    /// <summary>The most frequent number; the first of equally frequent ones; 0 stands for none.</summary>
    private static int Majority(params ReadOnlySpan<int> numbers)
    {
        (int best, int bestCount) = (0, 0);
        foreach (int number in numbers)
        {
            int count = numbers.Count(number);
            if (number != 0 && count > bestCount)
            {
                (best, bestCount) = (number, count);
            }
        }

        return best;
    }

    private SamConfig ReadDecoder(SamConfig config)
    {
        int maskInChans = Majority(
            Side($"{Downscaling}3.weight", 0), Side($"{Downscaling}4.weight", 0), Side($"{Downscaling}6.weight", 1));
        int mlpDim = Majority(
            Side($"{DecoderMlp}lin1.weight", 0),
            Side($"{DecoderMlp}lin1.bias", 0),
            Side($"{DecoderMlp}lin2.weight", 1));
        int iouHidden = Majority(
            Side($"{IouHead}0.weight", 0), Side($"{IouHead}0.bias", 0), Side($"{IouHead}1.weight", 0));
        return config with
        {
            MaskInChans = maskInChans == 0 ? config.MaskInChans : maskInChans,
            DecoderMlpDim = mlpDim == 0 ? config.DecoderMlpDim : mlpDim,
            IouHeadHiddenDim = iouHidden == 0 ? config.IouHeadHiddenDim : iouHidden,
        };
    }

    /// <summary>The side of the square a block's attention spans, from its 2 * side - 1 relative positions.</summary>
    private int AttentionSide(int block)
    {
        int length = Majority(
            Side($"{Encoder}blocks.{block}.attn.rel_pos_h", 0), Side($"{Encoder}blocks.{block}.attn.rel_pos_w", 0));
        return (int)(((long)length + 1) / 2);
    }

    /// <summary>One side of a tensor, or 0 where it has none; limited to what an int holds.</summary>
    private int Side(string key, int axis) =>
        shapeOf(key) is { } shape && axis < shape.Length ? (int)Math.Min(shape[axis], int.MaxValue) : 0;
}
