using System.Runtime.InteropServices;
using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>Turns a decoded picture upright, as its EXIF orientation (TIFF tag 274, values 1 to 8) asks for.</summary>
internal static class Orientation
{
    /// <summary>The picture upright, as red, green and blue.</summary>
    /// <param name="bitmap">Four bytes a pixel: red, green, blue, alpha; rows without gaps.</param>
    /// <param name="origin">Where the first row and the first column of the bitmap belong.</param>
    public static DecodedImage Upright(SKBitmap bitmap, SKEncodedOrigin origin)
    {
        int w = bitmap.Width, h = bitmap.Height;

        // Seen upright, the picture begins at pixel Start of the bitmap, and a step to the right or down is a step of
        // Right or Down pixels in it.
        (int Start, int Right, int Down) walk = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, -1, w),
            SKEncodedOrigin.BottomRight => ((w * h) - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w * (h - 1), 1, -w),
            SKEncodedOrigin.LeftTop => (0, w, 1),
            SKEncodedOrigin.RightTop => (w * (h - 1), -w, 1),
            SKEncodedOrigin.RightBottom => ((w * h) - 1, -w, -1),
            SKEncodedOrigin.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        (int width, int height) = origin >= SKEncodedOrigin.LeftTop ? (h, w) : (w, h);

        ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());
        byte[] rgb = new byte[width * height * 3];
        int to = 0;
        for (int y = 0; y < height; y++)
        {
            int from = walk.Start + (y * walk.Down);
            for (int x = 0; x < width; x++, from += walk.Right)
            {
                uint pixel = pixels[from];
                rgb[to++] = (byte)pixel;
                rgb[to++] = (byte)(pixel >> 8);
                rgb[to++] = (byte)(pixel >> 16);
            }
        }

        return new DecodedImage(rgb, width, height);
    }
}
