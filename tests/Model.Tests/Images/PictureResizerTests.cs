using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>The resize is Pillow's, to the byte, at every level and for every pixel format.</summary>
public sealed class PictureResizerTests
{
    private static IEnumerable<IsaLevel> Levels => Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable);

    [Fact]
    public void Every_reference_case_is_equal()
    {
        using ReferenceTensors reference = ReferenceTensors.Open("preprocess.safetensors");
        foreach (JsonElement item in reference.Json("cases").EnumerateArray())
        {
            string name = item.GetProperty("name").GetString()!;
            int height = item.GetProperty("input")[0].GetInt32();
            int width = item.GetProperty("input")[1].GetInt32();
            byte[] pixels = reference.Bytes($"{name}.input");
            byte[] expected = reference.Bytes($"{name}.resized");
            ImageSize size = new ImageSize(height, width).FitInto(item.GetProperty("target").GetInt32());
            Assert.Equal(new ImageSize(item.GetProperty("resized")[0].GetInt32(), item.GetProperty("resized")[1].GetInt32()), size);
            foreach (IsaLevel isa in Levels)
            {
                byte[] resized = Resize(new ImageView(pixels, width, height), size, isa);
                Assert.True(expected.AsSpan().SequenceEqual(resized), $"{name} differs on {isa}");
            }
        }
    }

    [Theory]
    [InlineData("playground")]
    [InlineData("truck")]
    [InlineData("dog")]
    public void Whole_pictures_have_the_hash_of_the_original(string name)
    {
        using JsonDocument hashes = JsonDocument.Parse(File.ReadAllText(ReferenceData.Find("preprocess.whole_images.json")));
        ImageView picture = TestModels.Picture(name).View;
        byte[] resized = Resize(picture, new ImageSize(picture.Height, picture.Width).FitInto(1024), Isa.Found);
        Assert.Equal(hashes.RootElement.GetProperty(name).GetString(), Convert.ToHexStringLower(SHA256.HashData(resized)));
    }

    [Theory]
    [InlineData(PixelFormat.Bgr, 3)]
    [InlineData(PixelFormat.Rgba, 4)]
    [InlineData(PixelFormat.Bgra, 4)]
    [InlineData(PixelFormat.Gray, 1)]
    public void Other_formats_and_strides_give_what_their_pixels_give_as_rgb(PixelFormat format, int channels)
    {
        const int Width = 37;
        const int Height = 23;
        const int Stride = (Width * 4) + 5;
        byte[] pixels = new byte[(Stride * (Height - 1)) + (Width * channels)];
        new Random(1).NextBytes(pixels);
        ImageView view = new(pixels, Width, Height, Stride, format);
        byte[] rgb = new byte[Width * Height * 3];
        view.CopyRgb(rgb);
        ImageSize size = new(50, 61);
        foreach (IsaLevel isa in Levels)
        {
            Assert.Equal(Resize(new ImageView(rgb, Width, Height), size, isa), Resize(view, size, isa));
        }
    }

    [Theory]
    [InlineData(1, 400)]
    [InlineData(1000, 1)]
    [InlineData(5000, 3)]
    public void Extreme_shapes_are_resized_in_bands_as_they_are_whole(int height, int width)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(2).NextBytes(pixels);
        ImageView view = new(pixels, width, height);
        ImageSize size = new(Math.Min(height, 64), Math.Min(width, 64));
        byte[] expected = Resize(view, size, IsaLevel.Scalar, workers: 1);
        foreach (IsaLevel isa in Levels)
        {
            Assert.Equal(expected, Resize(view, size, isa, workers: 3));
        }
    }

    private static unsafe byte[] Resize(ImageView view, ImageSize size, IsaLevel isa, int workers = 2)
    {
        using WorkerPool pool = new(workers);
        using PictureResizer resizer = new(KernelTable.For(isa), workers);
        byte[] pixels = new byte[size.Height * size.Width * 4];
        fixed (byte* result = pixels)
        {
            resizer.Run(pool, view, size, result, default);
        }

        byte[] rgb = new byte[size.Height * size.Width * 3];
        for (int i = 0; i < size.Height * size.Width; i++)
        {
            pixels.AsSpan(4 * i, 3).CopyTo(rgb.AsSpan(3 * i));
        }

        return rgb;
    }
}
