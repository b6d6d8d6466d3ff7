using SamNative.Tests.Support;

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
}
