using SamNative.Tests.Support;
using SkiaSharp;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>Pictures that lie on their side or are mirrored come out upright: four squares of different gray (colours
/// would run over the edges of a JPEG, whose colour planes are smaller).</summary>
public sealed class OrientationTests
{
    private const int Width = 64, Height = 32;

    private static readonly byte[] squares = [20, 90, 160, 230];

    public static TheoryData<int, bool> All => new(
        from value in Enumerable.Range(1, 8)
        from bigEndian in new[] { false, true }
        select (value, bigEndian));

    [Theory]
    [MemberData(nameof(All))]
    public void Jpeg_is_turned_upright(int orientation, bool bigEndian)
    {
        using SKBitmap stored = Draw(orientation);
        using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 100);

        AssertUpright(ImageFile.Load(Exif.InsertIntoJpeg(jpeg.ToArray(), Exif.Orientation(orientation, bigEndian))), 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Webp_is_turned_upright(int orientation, bool bigEndian)
    {
        using SKBitmap stored = Draw(orientation);
        using SKData webp = stored.Encode(SKEncodedImageFormat.Webp, 100);
        byte[] exif = Exif.Orientation(orientation, bigEndian);

        AssertUpright(ImageFile.Load(Exif.AppendToWebp(webp.ToArray(), stored.Width, stored.Height, exif)), 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Png_is_turned_upright_wherever_the_orientation_is(int orientation, bool bigEndian)
    {
        using SKBitmap stored = Draw(orientation);
        byte[] exif = Exif.Orientation(orientation, bigEndian);
        byte[] gray = [.. stored.Pixels.Select(pixel => pixel.Red)];
        using PngWriter before = new(stored.Width, stored.Height, 8, 0), behind = new(stored.Width, stored.Height, 8, 0);

        AssertUpright(ImageFile.Load(before.Chunk("eXIf", exif).Rows(stored.Height, gray).End()), 0);
        AssertUpright(ImageFile.Load(behind.Rows(stored.Height, gray).Chunk("eXIf", exif).End()), 0);
    }

    [Theory]
    [InlineData("exif6.png")]
    [InlineData("exif6.webp")]
    public void Files_of_other_programs_are_turned_upright(string name)
    {
        DecodedImage expected = ImageFile.Load(ReferenceData.Find("playground.png"));

        DecodedImage image = ImageFile.Load(ReferenceData.Find(name));

        Assert.Equal((960, 640, 6), (image.Width, image.Height, image.Orientation));
        Assert.True(image.Rgb.Span.SequenceEqual(expected.Rgb.Span));
    }

    [Fact]
    public void Other_segments_may_stand_before_the_orientation_of_a_jpeg()
    {
        using SKBitmap stored = Draw(6);
        using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 100);
        byte[] file = Exif.InsertIntoJpeg(jpeg.ToArray(), Exif.Orientation(6, bigEndian: true));

        byte[] xmp = [0xFF, 0xE1, 0, 31, .. "http://ns.adobe.com/xap/1.0/\0"u8, 0xFF, 0xFE, 0, 4, 0xFF, 0xD9];

        AssertUpright(ImageFile.Load([.. file[..2], .. xmp, .. file[2..]]), 1);
    }

    [Fact]
    public void The_orientation_of_a_webp_may_stand_before_the_picture()
    {
        using SKBitmap stored = Draw(6);
        using SKData webp = stored.Encode(SKEncodedImageFormat.Webp, 100);
        byte[] exif = [.. "Exif\0\0"u8, .. Exif.Orientation(6, bigEndian: true)];
        byte[] behind = Exif.AppendToWebp(webp.ToArray(), stored.Width, stored.Height, exif);
        const int headers = 30;
        int chunk = exif.Length + 8;

        byte[] before = [.. behind[..headers], .. behind[^chunk..], .. behind[headers..^chunk]];

        AssertUpright(ImageFile.Load(behind), 0);
        AssertUpright(ImageFile.Load(before), 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("4D4D")]
    [InlineData("4D4D002A00000008")]
    [InlineData("4D4D002A000000080001")]
    [InlineData("4D4D002A000000080001" + "01120003000000010006")]
    [InlineData("4D4D002AFFFFFFFF0001" + "011200030000000100060000" + "00000000")]
    [InlineData("4D4D002A00000008FFFF" + "011300030000000100060000" + "00000000")]
    [InlineData("4D4D002A000000080001" + "011200020000000100060000" + "00000000")]
    [InlineData("4D4D002A000000080001" + "011200030000000900060000" + "00000000")]
    [InlineData("4949002A000000080001" + "011200030000000100060000" + "00000000")]
    public void Damaged_data_change_nothing(string hex)
    {
        byte[] exif = Convert.FromHexString(hex);
        using SKBitmap stored = Draw(1);
        using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 100), webp = stored.Encode(SKEncodedImageFormat.Webp, 100);
        using PngWriter png = new(Width, Height, 8, 0);

        AssertUpright(ImageFile.Load(Exif.InsertIntoJpeg(jpeg.ToArray(), exif)), 1);
        AssertUpright(ImageFile.Load(Exif.AppendToWebp(webp.ToArray(), Width, Height, exif)), 0);
        byte[] gray = [.. stored.Pixels.Select(pixel => pixel.Red)];
        AssertUpright(ImageFile.Load(png.Chunk("eXIf", exif).Rows(Height, gray).End()), 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Values_that_mean_nothing_change_nothing(int orientation)
    {
        using SKBitmap stored = Draw(1);
        using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 100);

        AssertUpright(ImageFile.Load(Exif.InsertIntoJpeg(jpeg.ToArray(), Exif.Orientation(orientation, true))), 1);
    }

    private static SKBitmap Draw(int orientation)
    {
        (int width, int height) = orientation > 4 ? (Height, Width) : (Width, Height);
        SKBitmap stored = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                (int storedX, int storedY) = Exif.Stored(orientation, x, y, Width, Height);
                stored.SetPixel(storedX, storedY, new SKColor(Level(x, y), Level(x, y), Level(x, y)));
            }
        }

        return stored;
    }

    private static byte Level(int x, int y) => squares[(x / (Width / 2)) + (2 * (y / (Height / 2)))];

    private static void AssertUpright(DecodedImage image, int tolerance)
    {
        Assert.Equal((Width, Height), (image.Width, image.Height));
        byte[] expected = new byte[Width * Height * 3];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = Level(i / 3 % Width, i / 3 / Width);
        }

        ImageFileTests.AssertClose(expected, image.Rgb.Span, tolerance);
    }
}
