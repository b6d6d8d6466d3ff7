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
