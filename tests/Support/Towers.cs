using SamNative.Weights;

namespace SamNative.Tests.Support;

/// <summary>Visual towers by the names of the models they belong to, written out as those models' files have them.</summary>
public static class Towers
{
    private static readonly SamConfig sam = SamConfig.Parse(ReferenceData.Config("tiny"), "tiny");

    /// <summary>The tiny tower of the reference values: its encoder, then 64, 128, 256 channels.</summary>
    public static TowerConfig Tiny { get; } = new()
    {
        ImgSize = sam.ImgSize,
        PatchSize = sam.PatchSize,
        EmbedDim = sam.EmbedDim,
        Depth = sam.Depth,
        NumHeads = sam.NumHeads,
        MlpRatio = sam.MlpRatio,
        WindowSize = sam.WindowSize,
        GlobalAttnIndexes = sam.GlobalAttnIndexes,
        OutChans = sam.PromptEmbedDim,
        Widths = [128, 256],
        SecondPath = false,
        Kind = TowerKind.Other,
        Seed = sam.Seed,
    };

    /// <summary>A tower as a model's own files have it.</summary>
    /// <param name="Kind">The model.</param>
    /// <param name="HuggingFace">Whether the file is the one of Hugging Face.</param>
    /// <param name="Encoder">In front of the encoder's keys.</param>
    /// <param name="Convolutions">Behind the encoder.</param>
    /// <param name="SecondNeck">In front of the second neck's keys.</param>
    /// <param name="Alpha">The number the second path is multiplied by.</param>
    public sealed record Spelt(
        TowerKind Kind, bool HuggingFace, string Encoder, string[] Convolutions, string? SecondNeck = null, string? Alpha = null)
    {
        /// <summary>The tiny tower as this model's.</summary>
        public TowerConfig Config => Tiny with
        {
            Kind = Kind,
            SecondPath = SecondNeck is not null,
            Widths = Kind == TowerKind.DeepSeekOcr2 ? [128, 896] : Tiny.Widths[..Convolutions.Length],
        };

        /// <summary>
        /// The synthetic tower as this model's file has it: in memory, without a word of what it is in the metadata.
        /// </summary>
        public TensorSource Open()
        {
            using SyntheticCheckpoint values = new(Config);
            SafetensorsWriter writer = new();
            foreach (TensorInfo tensor in values.Tensors)
            {
                writer.Add(NameOf(tensor.Name), values, tensor);
            }

            using MemoryStream file = new();
            writer.Save(file);
            return CheckpointFile.Open(file.ToArray());
        }

        /// <summary>What the file calls a tensor, by rules of our own and not by those that are tested.</summary>
        public string NameOf(string canonical) => canonical switch
        {
            "net_2.weight" => Convolutions[0],
            "net_3.weight" => Convolutions[1],
            "alpha" => Alpha!,
            _ when canonical.StartsWith("neck_hd.") => SecondNeck + Layer(canonical["neck_hd".Length..]),
            _ => Encoder + Layer(canonical["image_encoder".Length..])[1..],
        };

        private string Layer(string key) => !HuggingFace ? key : key.Split('.') switch
        {
            ["", "neck", ..] => ".neck" + Layer(key[".neck".Length..]),
            ["", "0", ..] => ".conv1" + key[2..],
            ["", "1", ..] => ".layer_norm1" + key[2..],
            ["", "2", ..] => ".conv2" + key[2..],
            ["", "3", ..] => ".layer_norm2" + key[2..],
            ["", "patch_embed", "proj", string last] => $".patch_embed.projection.{last}",
            ["", "blocks", string n, "norm1" or "norm2", string last] => $".layers.{n}.layer_{key.Split('.')[3]}.{last}",
            ["", "blocks", .. string[] rest] => $".layers.{string.Join('.', rest)}",
            _ => key,
        };
    }

    /// <summary>Every model of docs/weights.md.</summary>
    public static IReadOnlyDictionary<string, Spelt> All { get; } = new Dictionary<string, Spelt>
    {
        ["Vary"] = Original(TowerKind.Vary, "transformer.vision_tower_high."),
        ["Vary-tiny"] = Original(TowerKind.VaryTiny, "model.vision_tower_2."),
        ["GOT"] = Original(TowerKind.GotOcr, "model.vision_tower_high."),
        ["GOT, Hugging Face"] = new(
            TowerKind.GotOcr, true, "vision_tower.",
            ["multi_modal_projector.conv_upsampler1.weight", "multi_modal_projector.conv_upsampler2.weight"]),
        ["GOT, Hugging Face, newer"] = new(
            TowerKind.GotOcr, true, "model.vision_tower.",
            ["model.multi_modal_projector.conv_upsampler1.weight", "model.multi_modal_projector.conv_upsampler2.weight"]),
        ["DeepSeek-OCR"] = Original(TowerKind.DeepSeekOcr, "model.sam_model."),
        ["DeepSeek-OCR 2"] = Original(TowerKind.DeepSeekOcr2, "model.sam_model."),
        ["DeepSeek-OCR 2, Hugging Face"] = new(
            TowerKind.DeepSeekOcr2, true, "model.vision_tower.sam_encoder.",
            ["model.vision_tower.sam_encoder.proj.conv1.weight", "model.vision_tower.sam_encoder.proj.conv2.weight"]),
        ["DeepSeek-VL"] = new(
            TowerKind.DeepSeekVl, false, "vision_model.vision_tower_high.vision_tower.",
            [
                "vision_model.vision_tower_high.vision_tower.downsamples.0.weight",
                "vision_model.vision_tower_high.vision_tower.downsamples.1.weight",
            ],
            "vision_model.vision_tower_high.vision_tower.neck_hd",
            "vision_model.vision_tower_high.vision_tower.hd_alpha_downsamples"),
        ["DeepSeek-VL, Hugging Face"] = new(
            TowerKind.DeepSeekVl, true, "model.high_res_vision_model.vision_encoder.",
            ["model.high_res_vision_proj.conv1.weight", "model.high_res_vision_proj.conv2.weight"],
            "model.high_res_vision_neck",
            "model.high_res_vision_alpha"),
        ["PP-FormulaNet"] = new(
            TowerKind.PPFormulaNet, true, "backbone.vision_tower.",
            ["backbone.post_conv1.weight", "backbone.post_conv2.weight"]),
        ["SLANeXt"] = new(TowerKind.SlaNext, true, "backbone.", ["backbone.post_conv.weight"]),
    };

    private static Spelt Original(TowerKind kind, string encoder) =>
        new(kind, false, encoder, [$"{encoder}net_2.weight", $"{encoder}net_3.weight"]);
}
