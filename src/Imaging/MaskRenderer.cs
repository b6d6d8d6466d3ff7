using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>
/// Writes a mask as PNG pictures: plain, over its picture, or as the cut-out object. The same input gives the same
/// bytes. The destination stays open; who wants a file that is whole or not there writes to a temporary one and renames
/// it.
/// </summary>
public static class MaskRenderer
{
    // One filter and a low level: a photograph takes a third of the time of the defaults and 6 % more bytes.
    private static readonly SKPngEncoderOptions fastPng = new(SKPngEncoderFilterFlags.Paeth, 3);

    /// <summary>The picture where the mask is, and nothing (transparent black) elsewhere.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">A mask of the same size.</param>
    /// <param name="destination">Takes the PNG, 8-bit RGBA.</param>
    /// <exception cref="ArgumentException">The mask is of another size.</exception>
    public static void WriteCutout(ImageView picture, SamMask mask, Stream destination)
    {
        CheckSize(picture, mask);
        using SKBitmap bitmap = Allocate(mask.Width, mask.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        Span<byte> rgba = bitmap.GetPixelSpan();
        CopyPicture(picture, rgba);
        byte[] inside = mask.ToBytes();
        for (int i = 0; i < inside.Length; i++)
        {
            if (inside[i] == 0)
            {
                rgba.Slice(i * 4, 4).Clear();
            }
        }

        WritePng(bitmap, destination);
    }

    /// <summary>
    /// The picture with the mask tinted and outlined, and with the marks of the prompt: a green disc with a plus for a
    /// positive point, a red one with a minus for a negative point, a frame for the box. Lines grow with the picture.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="mask">A mask of the same size.</param>
    /// <param name="prompt">What to mark, if anything.</param>
    /// <param name="destination">Takes the PNG, 8-bit RGB.</param>
    /// <exception cref="ArgumentException">The mask is of another size.</exception>
    public static void WriteOverlay(ImageView picture, SamMask mask, PromptMarks? prompt, Stream destination)
    {
        CheckSize(picture, mask);
        using SKBitmap bitmap = Allocate(mask.Width, mask.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        CopyPicture(picture, bitmap.GetPixelSpan());
        using (Overlay overlay = new(bitmap))
        {
            overlay.DrawMask(mask, Overlay.Azure);
            overlay.DrawPrompt(prompt ?? new PromptMarks());
        }

        WritePng(bitmap, destination);
    }

    /// <summary>
    /// The picture with all masks tinted and outlined, each in its own colour: always the same ones in the same order.
    /// Larger masks are drawn first, so that smaller ones lie on them.
    /// </summary>
    /// <param name="picture">The picture.</param>
    /// <param name="masks">Masks of the same size; may be none.</param>
    /// <param name="destination">Takes the PNG, 8-bit RGB.</param>
    /// <exception cref="ArgumentException">A mask is of another size.</exception>
    public static void WriteOverlay(ImageView picture, IReadOnlyList<MaskRle> masks, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(masks);
        using SKBitmap bitmap = Allocate(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        CopyPicture(picture, bitmap.GetPixelSpan());
        using (Overlay overlay = new(bitmap))
        {
            foreach ((MaskRle rle, int i) in masks.Select((mask, i) => (mask, i)).OrderByDescending(item => item.mask.Area))
            {
                SamMask mask = rle.ToMask();
                CheckSize(picture, mask);
                overlay.DrawArea(mask, DistinctColours.At(i));
            }
        }

        WritePng(bitmap, destination);
    }

    private static void CheckSize(ImageView picture, SamMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (picture.Width != mask.Width || picture.Height != mask.Height)
        {
            throw new ArgumentException(
                $"The mask has {mask.Width} x {mask.Height} pixels, the picture {picture.Width} x {picture.Height}.",
                nameof(mask));
        }
    }

    private static SKBitmap Allocate(int width, int height, SKColorType colours, SKAlphaType alpha) =>
        new(new SKImageInfo(width, height, colours, alpha));

    private static void CopyPicture(ImageView picture, Span<byte> rgba)
    {
        byte[] rgb = new byte[picture.Width * 3];
        int to = 0;
        for (int y = 0; y < picture.Height; y++)
        {
            picture.CopyRgbRow(y, rgb);
            for (int from = 0; from < rgb.Length; from += 3, to += 4)
            {
                rgba[to] = rgb[from];
                rgba[to + 1] = rgb[from + 1];
                rgba[to + 2] = rgb[from + 2];
                rgba[to + 3] = 255;
            }
        }
    }

    private static void WritePng(SKBitmap bitmap, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKData png = pixels.Encode(fastPng)
            ?? throw new InvalidOperationException(
                $"There is not enough memory to write {bitmap.Width} x {bitmap.Height} pixels as PNG.");
        destination.Write(png.AsSpan());
    }
}
