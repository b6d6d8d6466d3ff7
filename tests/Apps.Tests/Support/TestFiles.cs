using System.Security.Cryptography;
using System.Text;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Apps.Tests;

/// <summary>The pictures and models that the tests share.</summary>
internal static class TestFiles
{
    public static string Playground { get; } = ReferenceData.Find("playground.png");

    public static string DemoModel { get; } = ReferenceData.Find("demo.safetensors");

    /// <summary>A click on the middle of the sun of the playground.</summary>
    public static (string X, string Y) Sun => ("830", "105");

    /// <summary>The mask that the library itself gives for that click.</summary>
    public static SamMask SunMask()
    {
        using SamModel model = SamModel.Load(DemoModel);
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(ImageFile.Load(Playground).View);
        SamPrediction prediction = predictor.Predict(SamPrompt.At(830, 105));
        return prediction.Masks[prediction.Best];
    }

    /// <summary>The program that the build made of a sample.</summary>
    public static string Sample(string name) => Path.Combine(
        ReferenceData.Root, "artifacts", "bin", $"SamNative.Samples.{name}", "release",
        $"SamNative.Samples.{name}{(OperatingSystem.IsWindows() ? ".exe" : string.Empty)}");

    /// <summary>Writes the tiny test model.</summary>
    public static string WriteTinyModel(TemporaryFolder folder)
    {
        using SyntheticCheckpoint checkpoint = new(SamConfig.Parse(ReferenceData.Config("tiny"), "tiny"));
        string path = folder.File("tiny.safetensors");
        checkpoint.ToWriter().Save(path);
        return path;
    }

    /// <summary>Writes a picture as binary PPM.</summary>
    public static string WritePpm(TemporaryFolder folder, string picture)
    {
        DecodedImage image = ImageFile.Load(ReferenceData.Find(picture));
        string path = folder.File(Path.ChangeExtension(picture, ".ppm"));
        File.WriteAllBytes(
            path, [.. Encoding.ASCII.GetBytes($"P6\n{image.Width} {image.Height}\n255\n"), .. image.Rgb.Span]);
        return path;
    }

    /// <summary>Reads a mask as the samples write it, binary PGM.</summary>
    public static SamMask ReadPgm(string path, int width, int height)
    {
        byte[] file = File.ReadAllBytes(path);
        return SamMask.FromBytes(file.AsSpan(file.Length - (width * height)), width, height);
    }

    public static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
