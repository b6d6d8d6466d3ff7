using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Web.Tests;

/// <summary>The pictures and models that the tests share.</summary>
internal static class TestFiles
{
    private static readonly Lazy<SamModel> demo = new(() => SamModel.Load(ReferenceData.Find("demo.safetensors")));

    public static string PlaygroundPath { get; } = ReferenceData.Find("playground.png");

    public static byte[] Playground { get; } = File.ReadAllBytes(PlaygroundPath);

    public static byte[] SmallPlayground { get; } = File.ReadAllBytes(ReferenceData.Find("playground_small.png"));

    public static byte[] Tree { get; } = File.ReadAllBytes(ReferenceData.Find("tree_small.png"));

    /// <summary>The demo model.</summary>
    public static SamModel Demo => demo.Value;

    /// <summary>The sun as it was drawn.</summary>
    public static SamMask Sun { get; } = SamMask.FromBytes(
        DrawnSun.Pixels(), DrawnSun.PictureWidth, DrawnSun.PictureHeight);

    /// <summary>A model that takes seconds for an encode.</summary>
    public static SamConfig SlowConfig => new()
    {
        ImgSize = 1024,
        PatchSize = 16,
        EmbedDim = 256,
        Depth = 16,
        NumHeads = 4,
        MlpRatio = 4,
        WindowSize = 14,
        GlobalAttnIndexes = [3, 7, 11, 15],
        PromptEmbedDim = 64,
        MaskInChans = 16,
        DecoderMlpDim = 128,
        DecoderHeads = 4,
        IouHeadHiddenDim = 64,
    };
}
