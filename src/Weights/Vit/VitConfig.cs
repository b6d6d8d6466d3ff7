using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The numbers of a model whose image encoder is SAM's vision transformer. Names follow the constructor arguments of the
/// original (facebookresearch/segment-anything, <c>modeling/image_encoder.py</c>).
/// </summary>
public abstract record VitConfig : ModelConfig
{
    /// <summary>Far beyond any model; bounds what a hostile file can make us build.</summary>
    internal const int MaxDepth = 1000;

    /// <summary>Far beyond any model, and small enough that no product of three sides overflows.</summary>
    internal const int MaxSide = 1 << 16;

    /// <summary>The side of the square input in pixels; a multiple of <see cref="PatchSize"/>.</summary>
    [JsonPropertyOrder(-1)]
    public required int ImgSize { get; init; }

    /// <summary>The side of a patch in pixels.</summary>
    [JsonPropertyOrder(-1)]
    public required int PatchSize { get; init; }

    /// <summary>The width of the encoder's tokens; a multiple of <see cref="NumHeads"/>.</summary>
    [JsonPropertyOrder(-1)]
    public required int EmbedDim { get; init; }

    /// <summary>The number of encoder blocks.</summary>
    [JsonPropertyOrder(-1)]
    public required int Depth { get; init; }

    /// <summary>The number of attention heads of the encoder.</summary>
    [JsonPropertyOrder(-1)]
    public required int NumHeads { get; init; }

    /// <summary>The width of the encoder's hidden layer over <see cref="EmbedDim"/>.</summary>
    [JsonPropertyOrder(-1)]
    public required double MlpRatio { get; init; }

    /// <summary>The side of an attention window in patches; of no effect where all blocks are global.</summary>
    [JsonPropertyOrder(-1)]
    public required int WindowSize { get; init; }

    /// <summary>The blocks whose attention spans the whole picture, ascending; the others work in windows.</summary>
    [JsonPropertyOrder(-1)]
    public required ImmutableArray<int> GlobalAttnIndexes { get; init; }

    /// <summary>The channels behind the neck: what the encoder gives.</summary>
    [JsonIgnore]
    public abstract int NeckChannels { get; }

    /// <summary>The number of patches along a side.</summary>
    [JsonIgnore]
    public int Grid => ImgSize / PatchSize;

    /// <summary>The width of one attention head of the encoder.</summary>
    [JsonIgnore]
    public int HeadDim => EmbedDim / NumHeads;

    /// <summary>The width of the encoder's hidden layers.</summary>
    /// <remarks>
    /// The original truncates the product; the millionth heals ratios that came from a division, such as 696/168.
    /// </remarks>
    [JsonIgnore]
    public int MlpDim => (int)((EmbedDim * MlpRatio) + 1e-6);

    /// <summary>Whether a block's attention spans the whole picture.</summary>
    public bool IsGlobal(int block) => GlobalAttnIndexes.Contains(block);

    /// <inheritdoc/>
    public virtual bool Equals(VitConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>The numbers beside the encoder's that have to lie between 1 and <see cref="MaxSide"/>, as JSON calls them.</summary>
    private protected abstract IEnumerable<(string Name, int Value)> OtherSides { get; }

    /// <summary>Why no model can have the numbers beside the encoder's; null where one can.</summary>
    private protected abstract string? FindOtherProblem();

    /// <inheritdoc/>
    private protected sealed override string? FindProblem()
    {
        IEnumerable<(string Name, int Value)> sides =
        [
            ("img_size", ImgSize),
            ("patch_size", PatchSize),
            ("embed_dim", EmbedDim),
            ("num_heads", NumHeads),
            ("window_size", WindowSize),
            .. OtherSides,
        ];
        foreach ((string name, int value) in sides)
        {
            if (value is < 1 or > MaxSide)
            {
                return $"{name} is {value}, not between 1 and {MaxSide}";
            }
        }

        return this switch
        {
            { Depth: < 1 or > MaxDepth } => $"depth is {Depth}, not between 1 and {MaxDepth}",
            _ when ImgSize % PatchSize != 0 => $"img_size {ImgSize} is no multiple of patch_size {PatchSize}",
            _ when EmbedDim % NumHeads != 0 => $"embed_dim {EmbedDim} is no multiple of num_heads {NumHeads}",
            _ when !(MlpRatio * EmbedDim is >= 1 and <= MaxSide) => $"mlp_ratio {MlpRatio} is not possible",
            _ when FindOtherProblem() is string problem => problem,
            _ when GlobalAttnIndexes.IsDefault => "global_attn_indexes is missing",
            _ when !IsAscending(GlobalAttnIndexes, Depth) =>
                $"global_attn_indexes must be ascending block numbers below {Depth}",
            _ => null,
        };
    }

    private static bool IsAscending(ImmutableArray<int> blocks, int depth)
    {
        int last = -1;
        foreach (int block in blocks)
        {
            if (block <= last)
            {
                return false;
            }

            last = block;
        }

        return last < depth;
    }
}
