namespace SamNative;

/// <summary>
/// A picture that lies in somebody else's memory: rows of 8-bit pixels, top row first. Nothing is copied; the memory
/// must stay as it is while the view is in use. Two views are equal when they show the same memory in the same way.
/// </summary>
/// <remarks><c>default(ImageView)</c> is the empty picture: no rows and no columns.</remarks>
public readonly record struct ImageView
{
    /// <summary>A picture whose rows follow each other without a gap.</summary>
    /// <param name="pixels">At least <paramref name="width"/> x <paramref name="height"/> pixels.</param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="format">The channels of a pixel.</param>
    /// <exception cref="ArgumentException">
    /// A size is below 1, the format is unknown or the memory is too short.
    /// </exception>
    public ImageView(ReadOnlyMemory<byte> pixels, int width, int height, PixelFormat format = PixelFormat.Rgb)
        : this(pixels, width, height, TightStride(width, format), format)
    {
    }

    /// <summary>A picture whose rows begin every <paramref name="stride"/> bytes.</summary>
    /// <param name="pixels">The rows; the last one may end with its last pixel.</param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="stride">
    /// Bytes from the start of a row to the start of the next, at least those of its pixels.
    /// </param>
    /// <param name="format">The channels of a pixel.</param>
    /// <exception cref="ArgumentException">
    /// A size is below 1, the stride is shorter than a row, the format is unknown or the memory is too short.
    /// </exception>
    public ImageView(ReadOnlyMemory<byte> pixels, int width, int height, int stride, PixelFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        long rowBytes = (long)width * BytesPerPixel(format);
        if (stride < rowBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(stride), stride, $"A row of {width} {format} pixels has {rowBytes} bytes, the stride less.");
        }

        long needed = ((height - 1) * (long)stride) + rowBytes;
        if (pixels.Length < needed)
        {
            throw new ArgumentException(
                $"A picture of {width} x {height} {format} pixels with a stride of {stride} needs {needed} bytes;"
                + $" the memory has {pixels.Length}.",
                nameof(pixels));
        }

        Pixels = pixels;
        Width = width;
        Height = height;
        Stride = stride;
        Format = format;
    }

    /// <summary>The memory of the picture: row y begins at byte y * <see cref="Stride"/>.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Bytes from the start of a row to the start of the next.</summary>
    public int Stride { get; }

    /// <summary>The channels of a pixel.</summary>
    public PixelFormat Format { get; }

    /// <summary>The bytes of the pixels of one row, without the gap behind them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<byte> Row(int y)
    {
        CheckRow(y);
        return Pixels.Span.Slice(y * Stride, Width * BytesPerPixel(Format));
    }

    /// <summary>
    /// Copies the picture as rows of red, green, blue without gaps: alpha is dropped, gray is replicated.
    /// </summary>
    /// <param name="destination">At least Width * Height * 3 bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void CopyRgb(Span<byte> destination)
    {
        CheckRgbDestination(destination, Height);
        for (int y = 0; y < Height; y++)
        {
            CopyRgbRow(y, destination.Slice(y * Width * 3, Width * 3));
        }
    }

    /// <summary>Copies one row as red, green, blue: alpha is dropped, gray is replicated.</summary>
    /// <param name="y">The row.</param>
    /// <param name="destination">At least Width * 3 bytes.</param>
    /// <exception cref="ArgumentException">There is no such row or the destination is too short.</exception>
    public void CopyRgbRow(int y, Span<byte> destination)
    {
        CheckRow(y);
        CheckRgbDestination(destination, 1);
        if (Format == PixelFormat.Rgb)
        {
            Row(y).CopyTo(destination);
            return;
        }

        int step = BytesPerPixel(Format);
        int red = Format is PixelFormat.Bgr or PixelFormat.Bgra ? 2 : 0;
        int green = Format == PixelFormat.Gray ? 0 : 1;
        int blue = Format == PixelFormat.Rgba ? 2 : 0;
        ReadOnlySpan<byte> source = Row(y);
        for (int x = 0, to = 0; x < source.Length; x += step, to += 3)
        {
            destination[to] = source[x + red];
            destination[to + 1] = source[x + green];
            destination[to + 2] = source[x + blue];
        }
    }

    /// <summary>A part of the picture, in the same memory.</summary>
    internal ImageView Crop(int x, int y, int width, int height) =>
        new(Pixels[((y * Stride) + (x * BytesPerPixel(Format)))..], width, height, Stride, Format);

    private static int BytesPerPixel(PixelFormat format) => format switch
    {
        PixelFormat.Gray => 1,
        PixelFormat.Rgb or PixelFormat.Bgr => 3,
        PixelFormat.Rgba or PixelFormat.Bgra => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "This is not one of the pixel formats."),
    };

    private static int TightStride(int width, PixelFormat format)
    {
        long bytes = (long)width * BytesPerPixel(format);
        return bytes <= int.MaxValue
            ? (int)bytes
            : throw new ArgumentOutOfRangeException(nameof(width), width, "A row must have less than 2^31 bytes.");
    }

    private void CheckRgbDestination(ReadOnlySpan<byte> destination, int rows)
    {
        long needed = Width * 3L * rows;
        if (destination.Length < needed)
        {
            throw new ArgumentException(
                $"{rows} rows of {Width} pixels as RGB need {needed} bytes; the destination has {destination.Length}.",
                nameof(destination));
        }
    }

    private void CheckRow(int y)
    {
        if ((uint)y >= (uint)Height)
        {
            throw new ArgumentOutOfRangeException(nameof(y), y, $"The picture has the rows 0 to {Height - 1}.");
        }
    }
}
