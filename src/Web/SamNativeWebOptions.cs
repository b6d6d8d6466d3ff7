using System.Runtime.CompilerServices;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>What the page shows and how much its visitors may use.</summary>
public sealed record SamNativeWebOptions
{
    /// <summary>The model's name as the page shows it; the name of its file when not set.</summary>
    public string? ModelName { get; init; }

    /// <summary>A sentence for visitors, shown before they give a picture; nothing when not set.</summary>
    public string? Notice { get; init; }

    /// <summary>The largest picture that is taken: 32 MiB and 40 million pixels when not set.</summary>
    public ImageLimits Limits { get; init; } = new() { MaxFileBytes = 32L << 20, MaxPixels = 40_000_000 };

    /// <summary>
    /// The memory in bytes for pictures and their embeddings, 256 MiB when not set. Those that were not used for longest
    /// are forgotten; the newest always stays. An eighth of it again is kept for masks that may be refined.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long MaxKeptBytes { get; init => field = AtLeastOne(value); } = 256L << 20;

    /// <summary>
    /// How many requests may wait for their turn, 16 when not set, counted apart for clicks and for what takes long;
    /// further ones are answered with 429.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxWaiting { get; init => field = (int)AtLeastOne(value); } = 16;

    private static long AtLeastOne(long value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
