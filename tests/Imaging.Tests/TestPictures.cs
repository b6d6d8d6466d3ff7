using SamNative.Tests.Support;

namespace SamNative.Imaging.Tests;

/// <summary>The files of the folder Pictures, and pictures drawn by code.</summary>
internal static class TestPictures
{
    /// <summary>Every file that Imaging should accept.</summary>
    public static readonly string[] Names =
    [
        "upright.png", "interlaced.png", "one_scan.jpg", "progressive.jpg", "cmyk.jpg", "lossy.webp", "lossless.webp",
        "animated.webp", "plain.bmp", "animated.gif",
    ];

    public static string Path(string name) =>
        System.IO.Path.Combine(ReferenceData.Root, "tests", "Imaging.Tests", "Pictures", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path(name));

    /// <summary>What another program's decoder reads from the file.</summary>
    public static PngPixels Expected(string name) =>
        PngPixels.Read(Bytes(File.Exists(Path(name + ".png")) ? name + ".png" : "upright.png"));
}
