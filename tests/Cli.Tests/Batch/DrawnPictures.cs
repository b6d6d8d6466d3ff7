using SkiaSharp;

namespace SamNative.Cli.Tests;

/// <summary>Small pictures, drawn from a seed.</summary>
internal static class DrawnPictures
{
    private const int Side = 64;
    private const int Discs = 4;

    /// <summary>Draws 000.png, 001.png … into a folder, every fifth into a folder in it.</summary>
    public static void Write(string folder, int count, int seed)
    {
        Random random = new(seed);
        Directory.CreateDirectory(Path.Combine(folder, "deep"));
        for (int i = 0; i < count; i++)
        {
            using SKData png = Draw(random);
            File.WriteAllBytes(Path.Combine(folder, i % 5 == 0 ? "deep" : "", $"{i:000}.png"), png.ToArray());
        }
    }

    private static SKData Draw(Random random)
    {
        using SKBitmap bitmap = new(Side, Side);
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(Colour());
        for (int i = 0; i < Discs; i++)
        {
            using SKPaint paint = new() { Color = Colour() };
            canvas.DrawCircle(random.Next(Side), random.Next(Side), random.Next(4, Side / 3), paint);
        }

        return bitmap.Encode(SKEncodedImageFormat.Png, 100);

        SKColor Colour() => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
    }
}
