using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Cli.Tests;

/// <summary>The pictures and models that the tests share.</summary>
internal static class TestFiles
{
    public static string Playground { get; } = ReferenceData.Find("playground.png");

    public static string SmallPicture { get; } = ReferenceData.Find("playground_small.png");

    public static string DemoModel { get; } = ReferenceData.Find("demo.safetensors");

    /// <summary>A click on the middle of the sun of the playground.</summary>
    public const string SunPoint = "830,105";

    /// <summary>The sun as it was drawn.</summary>
    public static SamMask Sun { get; } = SamMask.FromBytes(
        DrawnSun.Pixels(), DrawnSun.PictureWidth, DrawnSun.PictureHeight);

    /// <summary>Makes the tiny test model in a folder, by the program itself.</summary>
    public static string SynthTiny(WorkFolder folder)
    {
        folder.Write("tiny.json", ReferenceData.Config("tiny"));
        Samnative.Run(folder, "synth", "--config", "tiny.json", "-o", "tiny.safetensors").Succeeded();
        return "tiny.safetensors";
    }

    /// <summary>A model of the size of a file rather than of a test, made in a folder by the program itself.</summary>
    public static string Synth(WorkFolder folder, string name, SamConfig config)
    {
        folder.Write($"{name}.json", config.ToJson());
        Samnative.Run(folder, "synth", "--config", $"{name}.json", "-o", $"{name}.safetensors").Succeeded();
        return $"{name}.safetensors";
    }

    /// <summary>Reads a mask that the program wrote as PNG.</summary>
    public static SamMask ReadMask(string path)
    {
        DecodedImage picture = ImageFile.Load(path);
        byte[] red = new byte[picture.Width * picture.Height];
        for (int i = 0; i < red.Length; i++)
        {
            red[i] = picture.Rgb.Span[3 * i];
        }

        return SamMask.FromBytes(red, picture.Width, picture.Height);
    }
}
