using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>The resize is Pillow's and OpenCV's, to the byte, at every level and for every pixel format.</summary>
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
    [InlineData("playground", "stretch", ResizeFilter.PillowBicubic)]
    [InlineData("playground_small", "stretch", ResizeFilter.PillowBicubic)]
    [InlineData("tree_small", "stretch", ResizeFilter.PillowBicubic)]
    [InlineData("truck", "stretch", ResizeFilter.PillowBicubic)]
    [InlineData("dog", "stretch", ResizeFilter.PillowBicubic)]
    [InlineData("playground", "opencv_linear", ResizeFilter.OpenCvLinear)]
    [InlineData("playground_small", "opencv_linear", ResizeFilter.OpenCvLinear)]
    [InlineData("tree_small", "opencv_linear", ResizeFilter.OpenCvLinear)]
    [InlineData("truck", "opencv_linear", ResizeFilter.OpenCvLinear)]
    [InlineData("dog", "opencv_linear", ResizeFilter.OpenCvLinear)]
    internal void Squares_are_those_of_pillow_and_opencv(string name, string kind, ResizeFilter filter)
    {
        using TowerReference reference = TowerReference.For(name);
        ImageView picture = TestModels.Picture(name).View;
        foreach (IsaLevel isa in Levels)
        {
            Assert.Equal(reference.Bytes($"{name}.{kind}.96"), Resize(picture, new ImageSize(96, 96), isa, filter: filter));
        }

        foreach (int side in (int[])[512, 640, 768, 1024, 1280])
        {
            byte[] resized = Resize(picture, new ImageSize(side, side), Isa.Found, filter: filter);
            Assert.Equal((side, reference.Hash($"{name}.{kind}.{side}")), (side, Hash(resized)));
        }
    }

    [Theory]
    [InlineData(ResizeFilter.PillowBilinear)]
    [InlineData(ResizeFilter.PillowBicubic)]
    [InlineData(ResizeFilter.OpenCvLinear)]
    internal void A_part_is_what_it_is_in_the_whole(ResizeFilter filter)
    {
        byte[] pixels = new byte[90 * 150 * 3];
        new Random(3).NextBytes(pixels);
        ImageView view = new(pixels, 150, 90);
        foreach (ImageSize size in (ImageSize[])[new(200, 301), new(40, 61), new(7, 500)])
        {
            byte[] whole = Resize(view, size, IsaLevel.Scalar, filter: filter);
            CropBox part = new(size.Width / 3, size.Height / 4, size.Width / 2, size.Height / 2);
            ImageView expected = new ImageView(whole, size.Width, size.Height).Crop(part.X, part.Y, part.Width, part.Height);
            byte[] rgb = new byte[part.Width * part.Height * 3];
            expected.CopyRgb(rgb);
            foreach (IsaLevel isa in Levels)
            {
                Assert.Equal(rgb, Resize(view, size, isa, workers: 3, filter, part));
            }
        }
    }

    [Theory]
    [InlineData(ResizeFilter.PillowBilinear)]
    [InlineData(ResizeFilter.PillowBicubic)]
    [InlineData(ResizeFilter.OpenCvLinear)]
    internal void A_size_that_stays_copies_the_picture(ResizeFilter filter)
    {
        byte[] pixels = new byte[33 * 70 * 3];
        new Random(4).NextBytes(pixels);
        Assert.Equal(pixels, Resize(new ImageView(pixels, 70, 33), new ImageSize(33, 70), Isa.Found, filter: filter));
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

    [Theory]
    [InlineData(ResizeFilter.PillowBilinear)]
    [InlineData(ResizeFilter.PillowBicubic)]
    [InlineData(ResizeFilter.OpenCvLinear)]
    internal unsafe void A_size_that_stays_allocates_nothing_once_warm(ResizeFilter filter)
    {
        ImageView picture = new(new byte[300 * 200 * 3], 300, 200);
        Placement placement = Placement.Of(PictureFit.Pad, new ImageSize(200, 300), 128);
        using WorkerPool pool = new(1);
        using PictureResizer resizer = new(KernelTable.For(Isa.Found), 1);
        fixed (byte* result = new byte[128 * 128 * 4])
        {
            resizer.Run(pool, picture, placement, filter, result, default);
            long before = GC.GetAllocatedBytesForCurrentThread();
            resizer.Run(pool, picture, placement, filter, result, default);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static unsafe byte[] Resize(
        ImageView view, ImageSize size, IsaLevel isa, int workers = 2, ResizeFilter filter = ResizeFilter.PillowBilinear,
        CropBox? part = null)
    {
        CropBox made = part ?? new CropBox(0, 0, size.Width, size.Height);
        using WorkerPool pool = new(workers);
        using PictureResizer resizer = new(KernelTable.For(isa), workers);
        byte[] pixels = new byte[made.Height * made.Width * 4];
        fixed (byte* result = pixels)
        {
            Placement placement = new(new CropBox(0, 0, view.Width, view.Height), size, made, 0, 0, size);
            resizer.Run(pool, view, placement, filter, result, default);
        }

        byte[] rgb = new byte[made.Height * made.Width * 3];
        new ImageView(pixels, made.Width, made.Height, PixelFormat.Rgba).CopyRgb(rgb);
        return rgb;
    }
}
