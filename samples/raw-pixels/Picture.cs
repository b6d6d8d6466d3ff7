namespace SamNative.Samples.RawPixels;

/// <summary>
/// Stands in for a picture of another imaging library: four bytes a pixel in that library's order, in rows that may be
/// longer than the picture is wide. It is drawn here: a yellow sun in a blue sky over a green hill.
/// </summary>
internal sealed class Picture
{
    public const int SunX = 190;
    public const int SunY = 60;
    public const int SunRadius = 34;

    private readonly byte[] bgra;

    public Picture(int width, int height)
    {
        (Width, Height, Stride) = (width, height, (width * 4) + 64);
        bgra = new byte[Stride * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Span<byte> pixel = bgra.AsSpan((y * Stride) + (4 * x), 4);
                uint colour = IsSun(x, y) ? 0xFFFAD23Cu : y > height * 3 / 4 ? 0xFF4C9A3Fu : 0xFF8CC8F0u;
                BitConverter.TryWriteBytes(pixel, colour);
            }
        }
    }

    public int Width { get; }

    public int Height { get; }

    public int Stride { get; }

    public ReadOnlyMemory<byte> Bgra => bgra;

    public static bool IsSun(int x, int y) =>
        ((x - SunX) * (x - SunX)) + ((y - SunY) * (y - SunY)) <= SunRadius * SunRadius;
}
