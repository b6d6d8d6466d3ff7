using SamNative.Imaging.Tests;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests;

/// <summary>A picture read without the native library that reads them elsewhere.</summary>
internal sealed record PlainPicture(ImageView View);

internal static partial class TestModels
{
    public static PlainPicture Picture(string name)
    {
        PngPixels png = PngPixels.Read(File.ReadAllBytes(ReferenceData.Find($"{name}.png")));
        return new PlainPicture(
            new ImageView(png.Samples, png.Width, png.Height, png.Width * png.Channels, PixelFormat.Rgb));
    }
}
