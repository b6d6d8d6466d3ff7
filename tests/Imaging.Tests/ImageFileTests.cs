using System.IO.Compression;
using SamNative.Tests.Support;
using SkiaSharp;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>Pictures of every kind give the colours that are stored in them.</summary>
public sealed class ImageFileTests
{
    [Theory]
    [InlineData("playground.png")]
    [InlineData("playground_small.png")]
    [InlineData("tree_small.png")]
    [InlineData("truck.png")]
    [InlineData("dog.png")]
    public void Sample_pictures_are_exact(string name)
    {
        string path = ReferenceData.Find(name);
        PngPixels expected = PngPixels.Read(File.ReadAllBytes(path));

        DecodedImage image = ImageFile.Load(path);

        Assert.Equal((expected.Width, expected.Height), (image.Width, image.Height));
        Assert.True(image.Rgb.Span.SequenceEqual(expected.Samples));
        Assert.Equal(new ImageView(image.Rgb, image.Width, image.Height), image.View);
    }

    [Theory]
    [InlineData("upright.png", 0)]
    [InlineData("interlaced.png", 0)]
    [InlineData("one_scan.jpg", 0)]
    [InlineData("progressive.jpg", 0)]
    [InlineData("cmyk.jpg", 2)]
    [InlineData("lossy.webp", 2)]
    [InlineData("lossless.webp", 0)]
    [InlineData("animated.webp", 0)]
    [InlineData("plain.bmp", 0)]
    [InlineData("animated.gif", 0)]
    public void Every_format_has_the_pixels_another_decoder_finds(string name, int tolerance)
    {
        PngPixels expected = TestPictures.Expected(name);

        DecodedImage image = ImageFile.Load(TestPictures.Path(name));

        Assert.Equal((expected.Width, expected.Height), (image.Width, image.Height));
        AssertClose(expected.Samples, image.Rgb.Span, tolerance);
    }

    [Fact]
    public void Gray_is_replicated()
    {
        byte[] file = PngWriter.Picture(3, 1, 8, 0, [0, 100, 255]);

        Assert.Equal([0, 0, 0, 100, 100, 100, 255, 255, 255], Rgb(file));
    }

    [Theory]
    [InlineData(1, new byte[] { 0b0110_0000 }, new byte[] { 0, 255, 255 })]
    [InlineData(2, new byte[] { 0b0001_1000 }, new byte[] { 0, 85, 170 })]
    [InlineData(4, new byte[] { 0x0F, 0x70 }, new byte[] { 0, 255, 119 })]
    public void Gray_of_few_bits_is_spread(byte depth, byte[] row, byte[] levels)
    {
        byte[] file = PngWriter.Picture(3, 1, depth, 0, row);

        Assert.Equal(levels.SelectMany(level => Enumerable.Repeat(level, 3)), Rgb(file));
    }

    [Fact]
    public void A_palette_gives_its_colours_transparent_ones_included()
    {
        using PngWriter writer = new(3, 1, 8, 3);
        byte[] file = writer
            .Chunk("PLTE", [10, 20, 30, 40, 50, 60, 70, 80, 90])
            .Chunk("tRNS", [255, 128, 1])
            .Rows(1, [2, 1, 0])
            .End();

        Assert.Equal([70, 80, 90, 40, 50, 60, 10, 20, 30], Rgb(file));
    }

    [Fact]
    public void Alpha_is_dropped_and_colours_stay()
    {
        byte[] samples = [200, 100, 50, 255, 200, 100, 50, 128, 200, 100, 50, 1, 200, 100, 50, 0];

        Assert.Equal(
            Enumerable.Repeat(new byte[] { 200, 100, 50 }, 4).SelectMany(pixel => pixel),
            Rgb(PngWriter.Picture(4, 1, 8, 6, samples)));
        Assert.Equal([90, 90, 90, 30, 30, 30], Rgb(PngWriter.Picture(2, 1, 8, 4, [90, 0, 30, 77])));
    }

    [Fact]
    public void Sixteen_bits_give_their_high_byte()
    {
        byte[] rgb = [0x12, 0xFF, 0x00, 0xFF, 0xFE, 0xFF];
        byte[] rgba = [0x12, 0xFF, 0x80, 0x7F, 0x01, 0x80, 0x00, 0x10];

        Assert.Equal([0x12, 0x00, 0xFE], Rgb(PngWriter.Picture(1, 1, 16, 2, rgb)));
        Assert.Equal([0x12, 0x80, 0x01], Rgb(PngWriter.Picture(1, 1, 16, 6, rgba)));
        Assert.Equal([0x12, 0x12, 0x12], Rgb(PngWriter.Picture(1, 1, 16, 0, [0x12, 0xFF])));
    }

    [Fact]
    public void Colour_profiles_change_nothing()
    {
        byte[] samples = [200, 100, 50, 10, 128, 250];
        using PngWriter writer = new(2, 1, 8, 2);
        byte[] linear = writer
            .Chunk("gAMA", Convert.FromHexString("000186A0"))
            .Chunk("cHRM", Convert.FromHexString("00007A26000080840001000000008000000064000001140000003A9800001770"))
            .Rows(1, samples)
            .End();

        Assert.Equal(samples, Rgb(linear));
    }

    [Fact]
    public void Gray_jpeg_is_replicated()
    {
        using SKBitmap bitmap = new(new SKImageInfo(16, 8, SKColorType.Gray8));
        bitmap.GetPixelSpan().Fill(77);
        using SKData jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);

        Assert.All(Rgb(jpeg.ToArray()), value => Assert.Equal(77, value));
    }

    [Fact]
    public void Streams_are_read_from_where_they_stand_and_stay_open()
    {
        byte[] file = TestPictures.Bytes("upright.png");
        using MemoryStream stream = new([1, 2, 3, .. file]);
        stream.Position = 3;

        DecodedImage image = ImageFile.Load(stream);

        Assert.Equal(Rgb(file), image.Rgb.ToArray());
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void Streams_that_cannot_seek_are_read()
    {
        byte[] file = TestPictures.Bytes("upright.png");
        using MemoryStream packed = new();
        using (DeflateStream pack = new(packed, CompressionLevel.Fastest, true))
        {
            pack.Write(file);
        }

        packed.Position = 0;
        using DeflateStream unpack = new(packed, CompressionMode.Decompress);

        Assert.Equal(Rgb(file), ImageFile.Load(unpack).Rgb.ToArray());
    }

    internal static void AssertClose(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance, $"sample {i}: expected {expected[i]}, got {actual[i]}");
        }
    }

    private static byte[] Rgb(byte[] file) => ImageFile.Load(file).Rgb.ToArray();
}
