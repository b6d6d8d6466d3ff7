using System.Buffers.Binary;
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
            using SKBitmap stored = Stored(orientation);
            using SKData jpeg = stored.Encode(SKEncodedImageFormat.Jpeg, 95);
            yield return new TurnedPicture($"turned{orientation}.jpg", IntoJpeg(jpeg.ToArray(), Exif(orientation)));
        }

        foreach (int orientation in new[] { 3, 8 })
        {
            using SKBitmap stored = Stored(orientation);
            using SKData png = stored.Encode(SKEncodedImageFormat.Png, 100), webp = stored.Encode(SKEncodedImageFormat.Webp, 100);
            yield return new TurnedPicture($"before{orientation}.png", IntoPng(png.ToArray(), Exif(orientation), behind: false));
            yield return new TurnedPicture($"behind{orientation}.png", IntoPng(png.ToArray(), Exif(orientation), behind: true));
            yield return new TurnedPicture($"turned{orientation}.webp", IntoWebp(webp.ToArray(), stored, Exif(orientation), flag: 8));
        }

        using SKBitmap upright = Stored(1);
        using SKData hidden = upright.Encode(SKEncodedImageFormat.Webp, 100);
        yield return new TurnedPicture("hidden.webp", IntoWebp(hidden.ToArray(), upright, Exif(3), flag: 0));
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
                (int storedX, int storedY) = orientation switch
                {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, width - 1 - x),
                    7 => (height - 1 - y, width - 1 - x),
                    8 => (height - 1 - y, x),
                    _ => (x, y),
                };
                to[(storedY * stored.Width) + storedX] = from[(y * width) + x];
            }
        }

        stored.Pixels = to;
        return stored;
    }

    private static byte[] Exif(int orientation) =>
        [.. "MM\0*\0\0\0\b\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] IntoJpeg(byte[] jpeg, byte[] exif) =>
        [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, .. jpeg[2..]];

    private static byte[] IntoPng(byte[] png, byte[] exif, bool behind)
    {
        const int header = 33, end = 12;
        byte[] named = [.. "eXIf"u8, .. exif];
        byte[] sum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Checksum.Crc32(named));
        byte[] chunk = [0, 0, 0, (byte)exif.Length, .. named, .. sum];
        int at = behind ? png.Length - end : header;
        return [.. png[..at], .. chunk, .. png[at..]];
    }

    private static byte[] IntoWebp(byte[] webp, SKBitmap size, byte[] exif, byte flag)
    {
        byte[] header = [flag, 0, 0, 0, .. Three(size.Width - 1), .. Three(size.Height - 1)];
        byte[] file =
        [
            .. webp[..12], .. "VP8X"u8, (byte)header.Length, 0, 0, 0, .. header, .. webp[12..],
            .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif,
        ];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;

        static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
    }
}
