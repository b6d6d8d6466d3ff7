using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// The document model that a visual tower belongs to: it decides how pictures are prepared. No shape shows it; the keys of the
/// model's own files do, and the configuration of a converted one.
/// </summary>
public enum TowerKind
{
    /// <summary>A model that is not known.</summary>
    [JsonStringEnumMemberName("other")]
    Other,

    /// <summary>Vary, with Qwen.</summary>
    [JsonStringEnumMemberName("vary")]
    Vary,

    /// <summary>Vary-tiny, with OPT.</summary>
    [JsonStringEnumMemberName("vary_tiny")]
    VaryTiny,

    /// <summary>GOT-OCR 2.0.</summary>
    [JsonStringEnumMemberName("got_ocr")]
    GotOcr,

    /// <summary>DeepSeek-OCR, and Unlimited-OCR, which has the same keys and shapes.</summary>
    [JsonStringEnumMemberName("deepseek_ocr")]
    DeepSeekOcr,

    /// <summary>DeepSeek-OCR 2.</summary>
    [JsonStringEnumMemberName("deepseek_ocr2")]
    DeepSeekOcr2,

    /// <summary>DeepSeek-VL 7B.</summary>
    [JsonStringEnumMemberName("deepseek_vl")]
    DeepSeekVl,

    /// <summary>PP-FormulaNet-L and PP-FormulaNet plus-L.</summary>
    [JsonStringEnumMemberName("pp_formulanet")]
    PPFormulaNet,

    /// <summary>SLANeXt.</summary>
    [JsonStringEnumMemberName("slanext")]
    SlaNext,
}

/// <summary>What kinds are called.</summary>
internal static class TowerKinds
{
    /// <summary>What people call the model.</summary>
    public static string Title(this TowerKind kind) => kind switch
    {
        TowerKind.Vary => "Vary",
        TowerKind.VaryTiny => "Vary-tiny",
        TowerKind.GotOcr => "GOT-OCR 2.0",
        TowerKind.DeepSeekOcr => "DeepSeek-OCR",
        TowerKind.DeepSeekOcr2 => "DeepSeek-OCR 2",
        TowerKind.DeepSeekVl => "DeepSeek-VL",
        TowerKind.PPFormulaNet => "PP-FormulaNet",
        TowerKind.SlaNext => "SLANeXt",
        _ => "a model that is not known",
    };
}

/// <summary>Kinds in JSON: <c>got_ocr</c>.</summary>
internal sealed class TowerKindConverter()
    : JsonStringEnumConverter<TowerKind>(namingPolicy: null, allowIntegerValues: false);
