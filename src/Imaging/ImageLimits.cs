using System.Runtime.CompilerServices;

namespace SamNative.Imaging;

/// <summary>How large a picture may be before it is refused, so that a small hostile file cannot cost much.</summary>
public sealed record ImageLimits
{
    /// <summary>The limits that apply when none are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>
    /// The memory in bytes that decoding takes at most, the decoded picture included: 1 GiB when not set. It is checked
    /// in the header, before anything is decoded. A pixel takes 3 bytes where a JPEG has one scan, as cameras write it;
    /// 9 where it has several (progressive); and 8 in every other format. No picture may have more than 715 million
    /// pixels, since three bytes a pixel must fit in one array.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long MaxDecodedBytes { get; init => field = Checked(value, long.MaxValue); } = 1L << 30;

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
