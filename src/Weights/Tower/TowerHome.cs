using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>Where a document model keeps its visual tower, and what it calls what is behind the encoder.</summary>
/// <param name="Kind">The model.</param>
/// <param name="HuggingFace">Whether the encoder's keys are those of Hugging Face.</param>
/// <param name="Wrapper">What stands in front of all these names in the model's own files.</param>
/// <param name="Encoder">In front of the encoder's keys, behind the wrapper.</param>
/// <param name="Convolutions">The convolutions of stride 2, behind the wrapper.</param>
internal sealed record TowerHome(
    TowerKind Kind, bool HuggingFace, string Wrapper, string Encoder, ImmutableArray<string> Convolutions)
{
    /// <summary>The neck of the second path, behind the wrapper; null for a model without one.</summary>
    public string? SecondNeck { get; init; }

    /// <summary>The number that the second path is multiplied by.</summary>
    public string? Alpha { get; init; }

    /// <summary>Whether two models differ by the wrapper alone, so that it must be the one given.</summary>
    public bool NeedsWrapper { get; init; }

    /// <summary>Every model that is known, see docs/weights.md.</summary>
    public static ImmutableArray<TowerHome> All { get; } =
    [
        Original(TowerKind.Vary, "transformer.", "vision_tower_high.") with { NeedsWrapper = true },
        Original(TowerKind.GotOcr, "model.", "vision_tower_high.") with { NeedsWrapper = true },
        Original(TowerKind.VaryTiny, "model.", "vision_tower_2."),
        Original(TowerKind.DeepSeekOcr, "model.", "sam_model."),
        new(
            TowerKind.DeepSeekVl, HuggingFace: false, "", "vision_model.vision_tower_high.vision_tower.",
            [
                "vision_model.vision_tower_high.vision_tower.downsamples.0.weight",
                "vision_model.vision_tower_high.vision_tower.downsamples.1.weight",
            ])
        {
            SecondNeck = "vision_model.vision_tower_high.vision_tower.neck_hd",
            Alpha = "vision_model.vision_tower_high.vision_tower.hd_alpha_downsamples",
        },
        new(
            TowerKind.GotOcr, HuggingFace: true, "", "vision_tower.",
            ["multi_modal_projector.conv_upsampler1.weight", "multi_modal_projector.conv_upsampler2.weight"]),
        new(
            TowerKind.DeepSeekOcr2, HuggingFace: true, "model.", "vision_tower.sam_encoder.",
            ["vision_tower.sam_encoder.proj.conv1.weight", "vision_tower.sam_encoder.proj.conv2.weight"]),
        new(
            TowerKind.DeepSeekVl, HuggingFace: true, "model.", "high_res_vision_model.vision_encoder.",
            ["high_res_vision_proj.conv1.weight", "high_res_vision_proj.conv2.weight"])
        {
            SecondNeck = "high_res_vision_neck",
            Alpha = "high_res_vision_alpha",
        },
        new(
            TowerKind.PPFormulaNet, HuggingFace: true, "", "backbone.vision_tower.",
            ["backbone.post_conv1.weight", "backbone.post_conv2.weight"]),
        new(TowerKind.SlaNext, HuggingFace: true, "", "backbone.", ["backbone.post_conv.weight"]),
    ];

    /// <summary>Our own converted files: the encoder as in SAM, the rest beside it.</summary>
    public static TowerHome Converted { get; } = new(
        TowerKind.Other, HuggingFace: false, "", VitNames.Encoder, TowerNaming.Convolutions)
    {
        SecondNeck = TowerNaming.SecondNeck,
        Alpha = TowerNaming.Alpha,
    };

    /// <summary>Whether a name, behind the wrapper, is of what this model has behind the encoder.</summary>
    public bool IsBehindEncoder(string name) => name == Alpha
        || (SecondNeck is not null && name.StartsWith($"{SecondNeck}.", StringComparison.Ordinal))
        || Convolutions.Any(convolution => name.StartsWith(convolution[..^"weight".Length], StringComparison.Ordinal));

    /// <summary>A tower that was cut out of its model, or one of a model that is not known.</summary>
    public static TowerHome Other(string encoder) => Original(TowerKind.Other, "", encoder);

    /// <summary>Vary's names, which most have taken over.</summary>
    private static TowerHome Original(TowerKind kind, string wrapper, string encoder) => new(
        kind, HuggingFace: false, wrapper, encoder, [.. TowerNaming.Convolutions.Select(name => encoder + name)]);
}
