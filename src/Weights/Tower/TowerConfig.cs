using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The numbers of a document model's visual tower: SAM's image encoder, and 3 x 3 convolutions of stride 2 behind its neck.
/// The JSON form is what a checkpoint holds under <c>tower.config</c>.
/// </summary>
public sealed record TowerConfig : VitConfig
{
    /// <summary>The channels behind the encoder's neck, as the original calls them.</summary>
    public required int OutChans { get; init; }

    /// <summary>The channels behind each convolution: one or two, the last is the width of the tower's tokens.</summary>
    public required ImmutableArray<int> Widths { get; init; }

    /// <summary>
    /// Whether the output of the first global block goes through a neck of its own and the same convolutions, and is added,
    /// times a number of the file: DeepSeek-VL.
    /// </summary>
    public required bool SecondPath { get; init; }

    /// <summary>The model that the tower belongs to.</summary>
    [JsonConverter(typeof(TowerKindConverter))]
    public required TowerKind Kind { get; init; }

    /// <summary>The tower of Vary and GOT-OCR 2.0: ViT-B, 95,569,152 values.</summary>
    public static TowerConfig VitB { get; } = new()
    {
        ImgSize = SamConfig.VitB.ImgSize,
        PatchSize = SamConfig.VitB.PatchSize,
        EmbedDim = SamConfig.VitB.EmbedDim,
        Depth = SamConfig.VitB.Depth,
        NumHeads = SamConfig.VitB.NumHeads,
        MlpRatio = SamConfig.VitB.MlpRatio,
        WindowSize = SamConfig.VitB.WindowSize,
        GlobalAttnIndexes = SamConfig.VitB.GlobalAttnIndexes,
        OutChans = SamConfig.VitB.NeckChannels,
        Widths = [512, 1024],
        SecondPath = false,
        Kind = TowerKind.Other,
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NeckChannels => OutChans;

    /// <inheritdoc/>
    internal override ModelFamily Family => TowerFamily.Instance;

    /// <summary>Reads the JSON form: every key but <c>seed</c> must be there, no other may be, each once.</summary>
    /// <inheritdoc cref="SamConfig.Parse" path="/param"/>
    /// <inheritdoc cref="SamConfig.Parse" path="/exception"/>
    public static TowerConfig Parse(string json, string source) =>
        ConfigText.Parse(json, source, TowerConfigJson.Default.TowerConfig, VitB);

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(this, TowerConfigJson.Default.TowerConfig);

    /// <summary>Equal where all numbers are, lists included.</summary>
    public bool Equals(TowerConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    internal override ImmutableArray<LayoutTensor> Layout()
    {
        Validate("The configuration");
        LayoutPart part = new("");
        int channels = OutChans;
        for (int i = 0; i < Widths.Length; i++)
        {
            part.Add(TowerNaming.Convolutions[i], Widths[i], channels, 3, 3);
            channels = Widths[i];
        }

        if (SecondPath)
        {
            VitLayout.AddNeck(part, TowerNaming.SecondNeck, this);
            part.Add(TowerNaming.Alpha, 1);
        }

        return [.. VitLayout.Of(this), .. part.ToImmutable()];
    }

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, int Value)> OtherSides =>
        [("out_chans", OutChans), .. (Widths.IsDefault ? [] : Widths).Select(width => ("widths", width))];

    /// <inheritdoc/>
    private protected override string? FindOtherProblem() => this switch
    {
        { Widths.IsDefault: true } => "widths is missing",
        { Widths.Length: not (1 or 2) } => $"widths has {Widths.Length} numbers, not 1 or 2",
        { SecondPath: true, GlobalAttnIndexes: { IsDefault: false, IsEmpty: true } } =>
            "second_path begins behind the first global block, and global_attn_indexes has none",
        _ => null,
    };
}

/// <summary>The strict JSON form of the configuration, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(WholeNumberConverter<int>), typeof(WholeNumberConverter<ulong>)])]
[JsonSerializable(typeof(TowerConfig))]
internal sealed partial class TowerConfigJson : JsonSerializerContext;
