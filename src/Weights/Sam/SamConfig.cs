using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The numbers that make a SAM: everything but the weights. Names follow the constructor arguments of the original
/// (facebookresearch/segment-anything); the JSON form is what a checkpoint holds under <c>sam.config</c>.
/// </summary>
public sealed record SamConfig : VitConfig
{
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

    /// <summary>SAM ViT-B: 93,735,728 values.</summary>
    public static SamConfig VitB { get; } = Published(768, 12, 12, [2, 5, 8, 11]);

    /// <summary>SAM ViT-L: 312,343,088 values.</summary>
    public static SamConfig VitL { get; } = Published(1024, 24, 16, [5, 11, 17, 23]);

    /// <summary>SAM ViT-H: 641,090,864 values.</summary>
    public static SamConfig VitH { get; } = Published(1280, 32, 16, [7, 15, 23, 31]);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NeckChannels => PromptEmbedDim;

    /// <inheritdoc/>
    internal override ModelFamily Family => SamFamily.Instance;

    /// <summary>Reads the JSON form: every key but <c>seed</c> must be there, no other may be, each once.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="CheckpointException">
    /// A key is unknown, missing or repeated, a value is of the wrong type or impossible.
    /// </exception>
    public static SamConfig Parse(string json, string source) =>
        ConfigText.Parse(json, source, SamConfigJson.Default.SamConfig, VitB);

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(this, SamConfigJson.Default.SamConfig);

    /// <summary>Equal where all numbers are, the list of global blocks included.</summary>
    public bool Equals(SamConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    internal override ImmutableArray<LayoutTensor> Layout() => new SamLayout(this).Tensors;

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, int Value)> OtherSides =>
    [
        ("prompt_embed_dim", PromptEmbedDim),
        ("mask_in_chans", MaskInChans),
        ("decoder_mlp_dim", DecoderMlpDim),
        ("decoder_heads", DecoderHeads),
        ("iou_head_hidden_dim", IouHeadHiddenDim),
    ];

    /// <inheritdoc/>
    private protected override string? FindOtherProblem() => this switch
    {
        _ when PromptEmbedDim % 8 != 0 => $"prompt_embed_dim {PromptEmbedDim} is no multiple of 8",
        _ when MaskInChans % 4 != 0 => $"mask_in_chans {MaskInChans} is no multiple of 4",
        _ when PromptEmbedDim / 2 % DecoderHeads != 0 =>
            $"half of prompt_embed_dim {PromptEmbedDim} is no multiple of decoder_heads {DecoderHeads}, "
            + $"which is {VitB.DecoderHeads} unless {SamCheckpoint.ConfigKey} says otherwise",
        _ => null,
    };

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
}

/// <summary>The strict JSON form of the configuration, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WholeNumberConverter<int>), typeof(WholeNumberConverter<ulong>)])]
[JsonSerializable(typeof(SamConfig))]
internal sealed partial class SamConfigJson : JsonSerializerContext;
