using System.Runtime.InteropServices;
using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>The content of a picture's file in the hands of the codec.</summary>
internal sealed class OpenPicture : IDisposable
{
    /// <summary>Rows that are decoded at a time, where the codec can: memory for a few, and few calls.</summary>
    private const int RowsAtATime = 64;

    private readonly string name;
    private readonly SKData data;
    private readonly SKMemoryStream stream;
    private readonly SKCodec codec;

    /// <param name="content">All of the file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="ImageFormatException">Its header is damaged.</exception>
    public OpenPicture(ReadOnlySpan<byte> content, string name)
    {
        this.name = name;
        data = SKData.CreateCopy(content);
        stream = new SKMemoryStream(data);
        codec = SKCodec.Create(stream, out SKCodecResult opened);
        if (opened != SKCodecResult.Success)
        {
            Dispose();
            throw Failure(opened, name);
        }
    }

    /// <summary>What the header says.</summary>
    public SKImageInfo Info => codec.Info;

    /// <summary>Decodes the picture.</summary>
    /// <param name="orientation">Where its first row and column belong: TIFF's tag 274, 1 to 8.</param>
    /// <param name="byRows">Whether some rows at a time, so that they are not all in memory twice.</param>
    /// <exception cref="ImageFormatException">It is not there whole, or there is no memory for it.</exception>
    public UprightPicture Decode(int orientation, bool byRows)
    {
        try
        {
            UprightPicture picture = new(
                Info.Width, Info.Height, orientation, hasAlpha: Info.AlphaType != SKAlphaType.Opaque);
            if (byRows)
            {
                DecodeRows(picture);
            }
            else
            {
                DecodeWhole(picture);
            }

            return picture;
        }
        catch (OutOfMemoryException)
        {
            throw NoMemory(name);
        }
    }

    public void Dispose()
    {
        codec?.Dispose();
        stream.Dispose();
        data.Dispose();
    }

    /// <summary>The error for what the codec says.</summary>
    public static ImageFormatException Failure(SKCodecResult result, string name) => result switch
    {
        SKCodecResult.IncompleteInput => new(
            ImageFormatError.Truncated, name, "the file ends before the picture does.", "Copy or download it again."),
        SKCodecResult.InternalError => NoMemory(name),
        _ => new(
            ImageFormatError.Damaged, name, $"the picture is damaged ({result}).", "Copy it again or save it anew."),
    };

    private static ImageFormatException NoMemory(string name) => new(
        ImageFormatError.OutOfMemory, name, "there is not enough memory for the picture.", "Make it smaller.");

    private void DecodeWhole(UprightPicture picture)
    {
        using SKBitmap bitmap = Allocate(Info.Height);
        Check(codec.GetPixels(bitmap.Info, bitmap.GetPixels()));
        picture.Add(Pixels(bitmap), 0);
    }

    private void DecodeRows(UprightPicture picture)
    {
        int height = Info.Height;
        using SKBitmap strip = Allocate(Math.Min(RowsAtATime, height));
        Check(codec.StartScanlineDecode(strip.Info.WithSize(Info.Width, height)));
        for (int row = 0; row < height; row += strip.Height)
        {
            int rows = Math.Min(strip.Height, height - row);
            if (codec.GetScanlines(strip.GetPixels(), rows, strip.RowBytes) < rows)
            {
                throw Failure(SKCodecResult.IncompleteInput, name);
            }

            picture.Add(Pixels(strip)[..(rows * Info.Width)], row);
        }
    }

    private static Span<uint> Pixels(SKBitmap bitmap) => MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan());

    private SKBitmap Allocate(int rows)
    {
        // Without a colour space the colours stay as they are stored.
        SKImageInfo info = new(Info.Width, rows, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        SKBitmap bitmap = new();
        if (!bitmap.TryAllocPixels(info))
        {
            bitmap.Dispose();
            throw NoMemory(name);
        }

        return bitmap;
    }

    private void Check(SKCodecResult result)
    {
        if (result != SKCodecResult.Success)
        {
            throw Failure(result, name);
        }
    }
}
