namespace SamNative.Imaging;

/// <summary>A decoded picture: upright, 8-bit red, green and blue, rows without gaps.</summary>
public sealed class DecodedImage
{
    internal DecodedImage(byte[] rgb, int width, int height)
    {
        Rgb = rgb;
        Width = width;
        Height = height;
    }

    /// <summary>Width * Height * 3 bytes, row by row from the top left.</summary>
    public ReadOnlyMemory<byte> Rgb { get; }

    /// <summary>Pixels in a row, as the picture is seen: after the rotation that its EXIF data asks for.</summary>
    public int Width { get; }

    /// <summary>Rows, as the picture is seen.</summary>
    public int Height { get; }

    /// <summary>The picture in the form the model takes.</summary>
    public ImageView View => new(Rgb, Width, Height);
}
