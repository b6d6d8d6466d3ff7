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

    /// <summary>
    /// How opaque each pixel is, Width * Height bytes, 255 for wholly; empty where all of them are.
    /// <see cref="Rgb"/> does not depend on it.
    /// </summary>
    public ReadOnlyMemory<byte> Alpha { get; internal init; }

    /// <summary>Pixels in a row, as the picture is seen: after the rotation that its EXIF data asks for.</summary>
    public int Width { get; }

    /// <summary>Rows, as the picture is seen.</summary>
    public int Height { get; }

    /// <summary>
    /// How the stored picture was turned to be upright: the EXIF orientation, 1 (not at all) to 8. A program that shows
    /// the file by other means turns it by this, and no further.
    /// </summary>
    public int Orientation { get; internal init; } = ExifOrientation.Upright;

    /// <summary>What is odd about the file and should be known, a sentence each; mostly none.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>The picture in the form the model takes.</summary>
    public ImageView View => new(Rgb, Width, Height);
}
