using System.Globalization;
using SkiaSharp;

namespace SamNative.Imaging;

/// <summary>
/// Reads PNG, JPEG, WebP, BMP and GIF files (the first picture of an animation). PNG, JPEG and WebP are turned upright
/// by their EXIF orientation; colours are taken as they are stored (no colour profile is applied), alpha is kept apart
/// without premultiplying, gray replicated, and of 16-bit samples the high byte is taken. Pixels that a GIF leaves open
/// are black. A picture is decoded whole or refused; a JPEG that lacks nothing but its end mark is whole.
/// </summary>
public static class ImageFile
{
    /// <summary>By so many bytes every format is told.</summary>
    private const int StartBytes = 132;

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
        FormatOf(buffer.AsSpan(0, read), name);

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
        PictureFormat format = FormatOf(content, name);
        return format == PictureFormat.Jpeg
            ? LoadJpeg(content, name, limits)
            : LoadOther(content, format, name, limits);
    }

    private static void CheckFileSize(long bytes, string name, ImageLimits limits)
    {
        if (bytes > limits.MaxFileBytes)
        {
            throw new ImageFormatException(
                ImageFormatError.FileTooLarge, name,
                $"the file has more than the {limits.MaxFileBytes} bytes that are allowed.",
                $"Make it smaller, or raise {nameof(ImageLimits)}.{nameof(ImageLimits.MaxFileBytes)}.");
        }
    }

    private static PictureFormat FormatOf(ReadOnlySpan<byte> content, string name)
    {
        if (content.IsEmpty)
        {
            throw new ImageFormatException(
                ImageFormatError.Empty, name, "the file is empty.", "Copy or download it again.");
        }

        PictureFormat format = PictureFormats.Of(content);
        if (format == PictureFormat.None)
        {
            string reason = PictureFormats.NameOfOther(content) is { } other
                ? $"this is {other}, not a PNG, JPEG, WebP, BMP or GIF picture."
                : "this is not a PNG, JPEG, WebP, BMP or GIF picture.";
            throw new ImageFormatException(
                ImageFormatError.UnknownFormat, name, reason, "Convert it to PNG or JPEG first.");
        }

        return format;
    }

    private static DecodedImage LoadJpeg(ReadOnlySpan<byte> content, string name, ImageLimits limits)
    {
        const int bytesOfOneScan = 3, bytesOfSeveral = 9;
        JpegScans scans = JpegScans.Of(content);
        if (scans.Count > JpegScans.MaxCount)
        {
            throw new ImageFormatException(
                ImageFormatError.Damaged, name,
                $"the picture is built up in {scans.Count} scans; {JpegScans.MaxCount} are the most.", "Save it anew.");
        }

        using OpenPicture picture = new(content, name);
        CheckMemory(picture.Info, scans.AreSeveral ? bytesOfSeveral : bytesOfOneScan, name, limits);
        int orientation = ExifOrientation.Find(content, PictureFormat.Jpeg);
        if (scans.HasEnd)
        {
            return picture.Decode(orientation, byRows: true).ToImage([]);
        }

        if (!JpegEntropy.IsWhole(content))
        {
            throw OpenPicture.Failure(SKCodecResult.IncompleteInput, name);
        }

        using OpenPicture whole = new([.. content, 0xFF, JpegMarkers.EndOfImage], name);
        return whole.Decode(orientation, byRows: true).ToImage(
            ["the mark at the end of the JPEG file is missing. All of the picture is there."]);
    }

    private static DecodedImage LoadOther(
        ReadOnlySpan<byte> content, PictureFormat format, string name, ImageLimits limits)
    {
        const int bytesWithAlpha = 8;
        using OpenPicture picture = new(content, name);
        CheckMemory(picture.Info, bytesWithAlpha, name, limits);
        UprightPicture upright = picture.Decode(ExifOrientation.Find(content, format), byRows: false);
        return upright.ToImage(HasWideSamples(content, format) ? DarkNotes(upright) : []);
    }

    private static void CheckMemory(SKImageInfo info, int bytesAPixel, string name, ImageLimits limits)
    {
        long pixels = (long)info.Width * info.Height;
        bool fits = pixels <= Array.MaxLength / 3;
        if (!fits || pixels * bytesAPixel > limits.MaxDecodedBytes)
        {
            string most = fits ? $"than the {Mebibytes(limits.MaxDecodedBytes)} that are allowed" : "than any picture may take";
            throw new ImageFormatException(
                ImageFormatError.TooManyPixels, name,
                $"the picture has {info.Width} x {info.Height} pixels: decoding takes {Mebibytes(pixels * bytesAPixel)}, "
                + $"more {most}.",
                fits
                    ? $"Make it smaller, or raise {nameof(ImageLimits)}.{nameof(ImageLimits.MaxDecodedBytes)}."
                    : "Make it smaller.");
        }
    }

    private static string Mebibytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1048576.0 * 10) / 10:0.#} MiB");

    /// <summary>Whether a picture has 16 bits a sample: in a PNG the depth is the first byte behind its size.</summary>
    private static bool HasWideSamples(ReadOnlySpan<byte> content, PictureFormat format) =>
        format == PictureFormat.Png && content.Length > 24 && content[24] == 16;

    /// <summary>Cameras and microscopes put 10 or 12 bits into the low ones of 16.</summary>
    private static string[] DarkNotes(UprightPicture picture)
    {
        const int mostBits = 12;
        int bits = Enumerable.Range(8, mostBits - 7).FirstOrDefault(bits => picture.IsWithin((byte)((1 << (bits - 8)) - 1)));
        return bits == 0
            ? []
            :
            [
                $"the picture is nearly black: of its 16-bit samples none is above {(1 << bits) - 1}, so they use only "
                + $"{bits} bits of 16. Stretch them first, for example with ImageMagick: "
                + $"magick IN.png -evaluate Multiply {1 << (16 - bits)} OUT.png",
            ];
    }
}
