using System.Runtime.CompilerServices;

namespace SamNative.Imaging;

/// <summary>How large a picture may be before it is refused, so that a small hostile file cannot cost much.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits that apply when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>
    /// Width times height, checked in the header before anything is decoded: 100 million when not set, below 2^29 at
    /// most, since four bytes a pixel must fit in one block of memory.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 2^29 - 1.</exception>
    public long MaxPixels { get; init => field = Checked(value, (1 << 29) - 1); } = 100_000_000;

    /// <summary>The size of the file in bytes: 512 MiB when not set, <see cref="Array.MaxLength"/> at most.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or too large.</exception>
    public long MaxFileBytes { get; init => field = Checked(value, Array.MaxLength); } = 512L << 20;

    private static long Checked(long value, long most, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
        return value;
    }
}
