namespace SamNative.Tests.Support;

/// <summary>The sun of the playground: a thing of which every pixel is known.</summary>
public static class DrawnSun
{
    public const int PictureWidth = 960, PictureHeight = 640;

    /// <summary>Its middle.</summary>
    public const int X = 830, Y = 105;

    private const int Radius = 62;

    /// <summary>The picture's pixels: 1 on it and 0 elsewhere.</summary>
    public static byte[] Pixels()
    {
        byte[] inside = new byte[PictureWidth * PictureHeight];
        for (int i = 0; i < inside.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, PictureWidth);
            int distance = ((x - X) * (x - X)) + ((y - Y) * (y - Y));
            inside[i] = (byte)(distance <= Radius * Radius ? 1 : 0);
        }

        return inside;
    }
}
