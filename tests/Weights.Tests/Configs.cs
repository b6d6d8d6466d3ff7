using System.Text.Json;
using SamNative.Tests.Support;

namespace SamNative.Weights.Tests;

/// <summary>Models of many shapes.</summary>
internal static class Configs
{
    /// <summary>The tiny test model: 256 px, 4 blocks, 2 heads, window 7.</summary>
    public static SamConfig Tiny { get; } = OfReference("tiny.checkpoint.json");

    /// <summary>The model of the files written by torch: 64 px, 2 blocks, window 3.</summary>
    public static SamConfig Torch { get; } = OfReference("torch_files/torch_files.json");

    /// <summary>By name, since theories are told apart by text.</summary>
    public static SamConfig Of(string name) => name switch
    {
        "vit_b" => SamConfig.VitB,
        "vit_l" => SamConfig.VitL,
        "vit_h" => SamConfig.VitH,
        "tiny" => Tiny,
        "torch" => Torch,
        "head dim 80" => Tiny with
        {
            ImgSize = 288,
            EmbedDim = 240,
            NumHeads = 3,
            WindowSize = 5,
            PromptEmbedDim = 128,
            IouHeadHiddenDim = 40,
        },
        "head dim 14" => Tiny with { EmbedDim = 84, NumHeads = 6, MlpRatio = 348.0 / 84, GlobalAttnIndexes = [0] },
        "slim 77" => SamConfig.VitB with { EmbedDim = 168, MlpRatio = 696.0 / 168 },
        "patch 8" => Tiny with { PatchSize = 8, ImgSize = 64, MaskInChans = 4, DecoderMlpDim = 24 },
        "no global block" => Tiny with { GlobalAttnIndexes = [] },
        "all blocks global" => Tiny with { GlobalAttnIndexes = [0, 1, 2, 3], WindowSize = 16 },
        "window wider than the grid" => Tiny with { ImgSize = 64, WindowSize = 14 },
        "one block" => Tiny with { Depth = 1, GlobalAttnIndexes = [] },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such model."),
    };

    /// <summary>What the files written by torch hold.</summary>
    public static JsonDocument TorchFiles() =>
        JsonDocument.Parse(File.ReadAllText(ReferenceData.Find("torch_files/torch_files.json")));

    private static SamConfig OfReference(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(ReferenceData.Find(name)));
        return SamConfig.Parse(json.RootElement.GetProperty("config").GetRawText(), name);
    }
}
