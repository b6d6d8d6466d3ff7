using System.Runtime.CompilerServices;
using SamNative.Weights;

namespace SamNative;

/// <summary>What a file of masks may hold before it is refused, so that a small hostile file cannot cost much.</summary>
public sealed record MaskFileLimits
{
    /// <summary>The limits that apply when none are given.</summary>
    public static MaskFileLimits Default { get; } = new();

    /// <summary>The size of a file in bytes, 128 MiB when not set; at most <see cref="Array.MaxLength"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or too large.</exception>
    public long MaxFileBytes { get; init => field = Checked(value, Array.MaxLength); } = 128L << 20;

    /// <summary>The masks of a file or folder, 65,535 when not set: what a label map can tell apart.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxMasks { get; init => field = (int)Checked(value, int.MaxValue); } = ushort.MaxValue;

    /// <summary>Width times height of a picture, 100 million when not set, below 2^30 at most.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or too large.</exception>
    public long MaxPixels { get; init => field = Checked(value, (1 << 30) - 1); } = 100_000_000;

    /// <summary>
    /// Width times height times masks, where each mask is drawn pixel by pixel (PNG, labelme): 2^35 when not set, which
    /// are 2,800 masks of 12 megapixels.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long MaxDrawnPixels { get; init => field = Checked(value, long.MaxValue); } = 1L << 35;

    /// <summary>Reads a whole file, unless it is larger than <see cref="MaxFileBytes"/>.</summary>
    internal ReadOnlySpan<byte> ReadFile(string path)
    {
        using Stream stream = InputFile.Open(path);
        return InputFile.TryReadToEnd(stream, MaxFileBytes) is { } content
            ? content.Span
            : throw Beyond(path, $"more than {MaxFileBytes} bytes are not", nameof(MaxFileBytes));
    }

    internal void CheckBytes(long bytes, string name) =>
        Check(bytes, MaxFileBytes, name, "bytes", nameof(MaxFileBytes));

    internal void CheckCount(long masks, string name) => Check(masks, MaxMasks, name, "masks", nameof(MaxMasks));

    /// <summary>Refuses sizes that no picture can have as well.</summary>
    internal void CheckSize(ImageSize size, string name)
    {
        if (size.Width < 1 || size.Height < 1)
        {
            throw new MaskFormatException(
                MaskFormatError.BadValue, name, 0,
                $"the picture has {size.Width} x {size.Height} pixels; the least is 1 x 1. Mend its width and height.");
        }

        Check((long)size.Width * size.Height, MaxPixels, name, "pixels in a picture", nameof(MaxPixels));
    }

    internal void CheckDrawn(ImageSize size, long masks, string name) => Check(
        size.Width * size.Height * masks, MaxDrawnPixels, name, "pixels in all masks together", nameof(MaxDrawnPixels));

    private static void Check(long value, long most, string name, string what, string property)
    {
        if (value > most)
        {
            throw Beyond(name, $"{value} {what} are more than the {most}", property);
        }
    }

    private static MaskFormatException Beyond(string name, string what, string property) => new(
        MaskFormatError.BeyondLimits, name, 0,
        $"{what} allowed. If the file is to be trusted, raise {nameof(MaskFileLimits)}.{property}.");

    private static long Checked(long value, long most, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
        return value;
    }
}
