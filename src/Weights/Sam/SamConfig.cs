using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The numbers that make a SAM: everything but the weights. Names follow the constructor arguments of the original
/// (facebookresearch/segment-anything); the JSON form is what a checkpoint holds under <c>sam.config</c>.
/// </summary>
public sealed record SamConfig
{
    /// <summary>The side of the square input in pixels; a multiple of <see cref="PatchSize"/>.</summary>
    public required int ImgSize { get; init; }

    /// <summary>The side of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>The width of the encoder's tokens; a multiple of <see cref="NumHeads"/>.</summary>
    public required int EmbedDim { get; init; }

    /// <summary>The number of encoder blocks.</summary>
    public required int Depth { get; init; }

    /// <summary>The number of attention heads of the encoder.</summary>
    public required int NumHeads { get; init; }

    /// <summary>The width of the encoder's hidden layer over <see cref="EmbedDim"/>.</summary>
    public required double MlpRatio { get; init; }

    /// <summary>The side of an attention window in patches; of no effect where all blocks are global.</summary>
    public required int WindowSize { get; init; }

    /// <summary>The blocks whose attention spans the whole picture, ascending; the others work in windows.</summary>
    public required ImmutableArray<int> GlobalAttnIndexes { get; init; }

    /// <summary>The width of the embedding, prompts and decoder tokens.</summary>
    public required int PromptEmbedDim { get; init; }

    /// <summary>The channels of the mask prompt's second convolution; the first has a quarter of it.</summary>
    public required int MaskInChans { get; init; }

    /// <summary>The width of the decoder's hidden layers.</summary>
    public required int DecoderMlpDim { get; init; }

    /// <summary>The number of attention heads of the decoder: the one number that no shape shows.</summary>
    public required int DecoderHeads { get; init; }

    /// <summary>The width of the hidden layers that predict a mask's quality.</summary>
    public required int IouHeadHiddenDim { get; init; }

    /// <summary>The seed of a synthetic checkpoint; null for trained weights.</summary>
    public ulong? Seed { get; init; }

    /// <summary>SAM ViT-B: 93,735,728 values.</summary>
    public static SamConfig VitB { get; } = Published(768, 12, 12, [2, 5, 8, 11]);

    /// <summary>SAM ViT-L: 312,343,088 values.</summary>
    public static SamConfig VitL { get; } = Published(1024, 24, 16, [5, 11, 17, 23]);

    /// <summary>SAM ViT-H: 641,090,864 values.</summary>
    public static SamConfig VitH { get; } = Published(1280, 32, 16, [7, 15, 23, 31]);

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

    /// <summary>Whether a model can have these numbers.</summary>
    [JsonIgnore]
    public bool IsPossible => FindProblem() is null;

    /// <summary>Whether a block's attention spans the whole picture.</summary>
    public bool IsGlobal(int block) => GlobalAttnIndexes.Contains(block);

    /// <summary>Reads the JSON form: every key but <c>seed</c> must be there, no other may be, each once.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="CheckpointException">
    /// A key is unknown, missing or repeated, a value is of the wrong type or impossible.
    /// </exception>
    public static SamConfig Parse(string json, string source)
    {
        try
        {
            SamConfig config = JsonSerializer.Deserialize(json, SamConfigJson.Default.SamConfig)
                ?? throw new JsonException("It is null.");
            config.Validate(source);
            return config;
        }
        catch (JsonException error)
        {
            throw new CheckpointException(
                CheckpointError.InvalidConfig,
                $"{source} is not a model's configuration. {Printable.Plain(error.Message)} "
                + $"It must look like {VitB.ToJson()}; seed may be left out.",
                error);
        }
    }

    /// <summary>The JSON form, on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SamConfigJson.Default.SamConfig);

    /// <summary>Checks that a model can have these numbers.</summary>
    /// <param name="source">Where they come from, for messages.</param>
    /// <exception cref="CheckpointException">It cannot; the message says which number is wrong and why.</exception>
    public void Validate(string source)
    {
        if (FindProblem() is string problem)
        {
            throw new CheckpointException(
                CheckpointError.InvalidConfig, $"{source} describes an impossible model: {problem}.");
        }
    }

    /// <summary>Equal where all numbers are, the list of global blocks included.</summary>
    public bool Equals(SamConfig? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToJson());

    /// <summary>The JSON form.</summary>
    public override string ToString() => ToJson();

    private static SamConfig Published(int embedDim, int depth, int numHeads, ImmutableArray<int> globalBlocks) => new()
    {
        ImgSize = 1024,
        PatchSize = 16,
        EmbedDim = embedDim,
        Depth = depth,
        NumHeads = numHeads,
        MlpRatio = 4.0,
        WindowSize = 14,
        GlobalAttnIndexes = globalBlocks,
        PromptEmbedDim = 256,
        MaskInChans = 16,
        DecoderMlpDim = 2048,
        DecoderHeads = 8,
        IouHeadHiddenDim = 256,
    };

    /// <summary>Far beyond any model; bounds what a hostile file can make us build.</summary>
    internal const int MaxDepth = 1000;

    /// <summary>Far beyond any model, and small enough that no product of three sides overflows.</summary>
    internal const int MaxSide = 1 << 16;

    private string? FindProblem()
    {
        ReadOnlySpan<(string Name, int Value)> sides =
        [
            ("img_size", ImgSize),
            ("patch_size", PatchSize),
            ("embed_dim", EmbedDim),
            ("num_heads", NumHeads),
            ("window_size", WindowSize),
            ("prompt_embed_dim", PromptEmbedDim),
            ("mask_in_chans", MaskInChans),
            ("decoder_mlp_dim", DecoderMlpDim),
            ("decoder_heads", DecoderHeads),
            ("iou_head_hidden_dim", IouHeadHiddenDim),
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
            _ when PromptEmbedDim % 8 != 0 => $"prompt_embed_dim {PromptEmbedDim} is no multiple of 8",
            _ when MaskInChans % 4 != 0 => $"mask_in_chans {MaskInChans} is no multiple of 4",
            _ when PromptEmbedDim / 2 % DecoderHeads != 0 =>
                $"half of prompt_embed_dim {PromptEmbedDim} is no multiple of decoder_heads {DecoderHeads}, "
                + $"which is {VitB.DecoderHeads} unless {SamCheckpoint.ConfigKey} says otherwise",
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

/// <summary>The strict JSON form of <see cref="SamConfig"/>, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WholeNumberConverter<int>), typeof(WholeNumberConverter<ulong>)])]
[JsonSerializable(typeof(SamConfig))]
internal sealed partial class SamConfigJson : JsonSerializerContext;
