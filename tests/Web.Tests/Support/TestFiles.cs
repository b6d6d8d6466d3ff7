using SamNative.Tests.Support;

namespace SamNative.Web.Tests;

/// <summary>The pictures and models that the tests share.</summary>
internal static class TestFiles
{
    /// <summary>The middle of the sun of the playground.</summary>
    public const int SunX = 830, SunY = 105;

    private const int SunRadius = 62;

    private static readonly Lazy<SamModel> demo = new(() => SamModel.Load(ReferenceData.Find("demo.safetensors")));

    public static string PlaygroundPath { get; } = ReferenceData.Find("playground.png");

    public static byte[] Playground { get; } = File.ReadAllBytes(PlaygroundPath);

    public static byte[] SmallPlayground { get; } = File.ReadAllBytes(ReferenceData.Find("playground_small.png"));

    public static byte[] Tree { get; } = File.ReadAllBytes(ReferenceData.Find("tree_small.png"));

    /// <summary>The demo model.</summary>
    public static SamModel Demo => demo.Value;

    /// <summary>The sun as it was drawn.</summary>
    public static SamMask Sun { get; } = DrawnSun();

    private static SamMask DrawnSun()
    {
        byte[] inside = new byte[960 * 640];
        for (int i = 0; i < inside.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, 960);
            int distance = ((x - SunX) * (x - SunX)) + ((y - SunY) * (y - SunY));
            inside[i] = (byte)(distance <= SunRadius * SunRadius ? 1 : 0);
        }

        return SamMask.FromBytes(inside, 960, 640);
    }
}
