using SamNative.Tests.Support;
using SkiaSharp;

namespace SamNative.Web.Tests;

/// <summary>The playground, stored on its side or mirrored, with the EXIF orientation that brings it upright.</summary>
internal sealed record TurnedPicture(string Name, byte[] File)
{
    /// <summary>Each orientation as JPEG, one as PNG and as WebP, before and behind the picture, and a WebP that hides it.</summary>
    public static IEnumerable<TurnedPicture> All()
    {
        for (int orientation = 1; orientation <= 8; orientation++)
        {
            byte[] exif = Exif.Orientation(orientation, bigEndian: true);
            using SKBitmap stored = Stored(orientation);
            using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 95);
            yield return new TurnedPicture($"turned{orientation}.jpg", Exif.InsertIntoJpeg(jpeg.ToArray(), exif));
        }

        foreach (int orientation in new[] { 3, 8 })
        {
            byte[] exif = Exif.Orientation(orientation, bigEndian: true);
            using SKBitmap stored = Stored(orientation);
            using SKData png = stored.Encode(SKEncodedImageFormat.Png, 100), webp = stored.Encode(SKEncodedImageFormat.Webp, 100);
            yield return new TurnedPicture($"before{orientation}.png", Exif.InsertIntoPng(png.ToArray(), exif, behind: false));
            yield return new TurnedPicture($"behind{orientation}.png", Exif.InsertIntoPng(png.ToArray(), exif, behind: true));
            yield return new TurnedPicture($"turned{orientation}.webp", Exif.AppendToWebp(webp.ToArray(), stored.Width, stored.Height, exif));
        }

        using SKBitmap upright = Stored(1);
        using SKData hidden = upright.Encode(SKEncodedImageFormat.Webp, 100);
        yield return new TurnedPicture("hidden.webp", Exif.AppendToWebp(hidden.ToArray(), upright.Width, upright.Height, Exif.Orientation(3, bigEndian: true), announced: false));
        yield return new TurnedPicture("exif6.png", System.IO.File.ReadAllBytes(ReferenceData.Find("exif6.png")));
        yield return new TurnedPicture("exif6.webp", System.IO.File.ReadAllBytes(ReferenceData.Find("exif6.webp")));
    }

    private static SKBitmap Stored(int orientation)
    {
        using SKBitmap upright = SKBitmap.Decode(TestFiles.Playground);
        (int width, int height) = (upright.Width, upright.Height);
        SKBitmap stored = orientation >= 5 ? new(height, width) : new(width, height);
        SKColor[] from = upright.Pixels, to = new SKColor[from.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (int storedX, int storedY) = Exif.Stored(orientation, x, y, width, height);
                to[(storedY * stored.Width) + storedX] = from[(y * width) + x];
            }
        }

        stored.Pixels = to;
        return stored;
    }
}
