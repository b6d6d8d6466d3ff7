using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>
/// Reads PNG, JPEG, WebP, BMP and GIF files (the first picture of an animation). JPEG and WebP are turned upright by
/// their EXIF orientation; colours are taken as they are stored (no colour profile is applied), alpha is dropped
/// without premultiplying, gray replicated, and of 16-bit samples the high byte is taken. Pixels that a GIF leaves open
/// are black. A picture is decoded whole or refused.
/// </summary>
public static class ImageFile
{
    /// <summary>By so many bytes every format is told.</summary>
    private const int StartBytes = 12;

    /// <summary>Reads a picture from a file.</summary>
    /// <param name="path">The file; its content decides, not its extension.</param>
    /// <param name="limits">What is too large; <see cref="ImageLimits.Default"/> when left out.</param>
    /// <exception cref="ImageFormatException">The file is not a whole picture within the limits.</exception>
    /// <exception cref="IOException">The file cannot be read or is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">The path is a folder, or reading it is not allowed.</exception>
    public static DecodedImage Load(string path, ImageLimits? limits = null)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Load(stream, path, limits);
    }

    /// <summary>Reads a picture from the rest of a stream, which stays open.</summary>
    /// <param name="stream">The content of a picture file; need not be seekable.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What is too large; <see cref="ImageLimits.Default"/> when left out.</param>
    /// <exception cref="ImageFormatException">The content is not a whole picture within the limits.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static DecodedImage Load(Stream stream, string name = "<stream>", ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        limits ??= ImageLimits.Default;
        long expected = stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) : 0;
        CheckFileSize(expected, name, limits);
        byte[] buffer = new byte[81_920];
        int read = stream.ReadAtLeast(buffer, StartBytes, throwOnEndOfStream: false);

        // Before the rest: what is no picture may have no end.
        CheckFormat(buffer.AsSpan(0, read), name);

        // Memory grows with what comes, whatever a stream claims; a file has what it says.
        using MemoryStream content = new(stream is FileStream ? (int)expected : 0);
        for (; read > 0; read = stream.Read(buffer))
        {
            CheckFileSize(content.Length + read, name, limits);
            content.Write(buffer, 0, read);
        }

        return Load(content.GetBuffer().AsSpan(0, (int)content.Length), name, limits);
    }

    /// <summary>Reads a picture from the content of a file.</summary>
    /// <param name="content">All bytes of a picture file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="limits">What is too large; <see cref="ImageLimits.Default"/> when left out.</param>
    /// <exception cref="ImageFormatException">The content is not a whole picture within the limits.</exception>
    public static DecodedImage Load(ReadOnlySpan<byte> content, string name = "<memory>", ImageLimits? limits = null)
    {
        limits ??= ImageLimits.Default;
        CheckFileSize(content.Length, name, limits);
        CheckContent(content, name);
        using SKData data = SKData.CreateCopy(content);
        using SKMemoryStream stream = new(data);
        using SKCodec codec = SKCodec.Create(stream, out SKCodecResult opened);
        if (opened != SKCodecResult.Success)
        {
            throw Failure(opened, name);
        }

        CheckPixels(codec.Info, name, limits);
        using SKBitmap bitmap = Decode(codec, name);
        return Orientation.Upright(bitmap, codec.EncodedOrigin);
    }

    private static void CheckFileSize(long bytes, string name, ImageLimits limits)
    {
        if (bytes > limits.MaxFileBytes)
        {
            throw new ImageFormatException(
                ImageFormatError.FileTooLarge,
                name,
                $"the file has more than the {limits.MaxFileBytes} bytes that are allowed. Make it smaller, or raise"
                + $" {nameof(ImageLimits)}.{nameof(ImageLimits.MaxFileBytes)}.");
        }
    }

    private static void CheckFormat(ReadOnlySpan<byte> content, string name)
    {
        if (content.IsEmpty)
        {
            throw new ImageFormatException(ImageFormatError.Empty, name, "the file is empty.");
        }

        if (!IsKnownFormat(content))
        {
            throw new ImageFormatException(
                ImageFormatError.UnknownFormat,
                name,
                "this is not a PNG, JPEG, WebP, BMP or GIF picture. Convert it to one of them first.");
        }
    }

    private static void CheckContent(ReadOnlySpan<byte> content, string name)
    {
        CheckFormat(content, name);
        if (content[0] == 0xFF && JpegScans.EndEarly(content))
        {
            throw Failure(SKCodecResult.IncompleteInput, name);
        }
    }

    // The codec would try more formats than these, by weaker signs than these.
    private static bool IsKnownFormat(ReadOnlySpan<byte> content) =>
        content.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G'])
        || content.StartsWith<byte>([0xFF, 0xD8, 0xFF])
        || (content.Length >= StartBytes && content.StartsWith("RIFF"u8) && content[8..].StartsWith("WEBP"u8))
        || content.StartsWith("BM"u8)
        || content.StartsWith("GIF8"u8);

    private static void CheckPixels(SKImageInfo info, string name, ImageLimits limits)
    {
        if ((long)info.Width * info.Height > limits.MaxPixels)
        {
            throw new ImageFormatException(
                ImageFormatError.TooManyPixels,
                name,
                $"the picture has {info.Width} x {info.Height} pixels, more than the {limits.MaxPixels} allowed."
                + $" Make it smaller, or raise {nameof(ImageLimits)}.{nameof(ImageLimits.MaxPixels)}.");
        }
    }

    private static SKBitmap Decode(SKCodec codec, string name)
    {
        // Without a colour space the colours stay as they are stored.
        SKImageInfo info = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        SKBitmap bitmap = new();
        SKCodecResult result = bitmap.TryAllocPixels(info)
            ? codec.GetPixels(info, bitmap.GetPixels())
            : SKCodecResult.InternalError;
        if (result != SKCodecResult.Success)
        {
            bitmap.Dispose();
            throw Failure(result, name);
        }

        return bitmap;
    }

    private static ImageFormatException Failure(SKCodecResult result, string name) => result switch
    {
        SKCodecResult.IncompleteInput => new(
            ImageFormatError.Truncated, name, "the file ends before the picture does. Copy or download it again."),
        SKCodecResult.InternalError => new(
            ImageFormatError.TooManyPixels, name, "there is not enough memory for the picture. Make it smaller."),
        _ => new(ImageFormatError.Damaged, name, $"the picture is damaged ({result}). Copy it again or save it anew."),
    };
}
