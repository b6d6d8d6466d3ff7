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

    /// <summary>
    /// The largest picture that is taken: a file of 32 MiB, and 384 MiB to decode it, when not set. That is enough for
    /// the JPEG of a phone with 108 megapixels, or a PNG of 50. One picture is decoded at a time.
    /// </summary>
    public ImageLimits Limits { get; init; } = new() { MaxFileBytes = 32L << 20, MaxDecodedBytes = 384L << 20 };

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

    /// <summary>
    /// How many of the places in a queue, <see cref="MaxWaiting"/> and one that is served, a client may have: half of them
    /// when not set. A client is an address of IPv4 or a /64 of IPv6; behind a proxy that is the proxy, unless the app reads
    /// forwarded headers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? MaxPlacesPerClient { get; init => field = value is null ? null : (int)AtLeastOne(value.Value); }

    /// <summary>
    /// The memory in bytes for all requests that are being received or worked on, 64 MiB when not set and the largest request
    /// at least; a client may have half of it. Further ones are answered with 429. As much again is there for answers that
    /// wait to be taken.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long MaxBodyBytes { get; init => field = AtLeastOne(value); } = 64L << 20;

    /// <summary>
    /// The bytes of run lengths that may be asked for at once, 8 MiB when not set: of everything in a picture, and of masks
    /// that are sent to become a file.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public long MaxMaskBytes { get; init => field = AtLeastOne(value); } = 8L << 20;

    /// <summary>
    /// How long a request may take to arrive, and an answer to be taken: 5 minutes when not set, a day at most.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0, or more than a day.</exception>
    public TimeSpan MaxTransferTime { get; init => field = AtMostADay(value); } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The slowest rate at which a request may arrive, in bytes a second over ten seconds: 2048 when not set, 0 for no limit
    /// beside a pause of ten seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 0.</exception>
    public int MinBodyRate
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 2048;

    /// <summary>The stretch of time over which the rate is measured.</summary>
    internal TimeSpan RateWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest body that masks are sent in: JSON writes some characters of run lengths as two.</summary>
    internal long MaxExportBytes => 2 * MaxMaskBytes;

    /// <summary><see cref="MaxPlacesPerClient"/>, or what holds without it.</summary>
    internal int PlacesPerClient => MaxPlacesPerClient ?? ((MaxWaiting + 1) / 2);

    private static TimeSpan AtMostADay(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
        return value;
    }

    private static long AtLeastOne(long value, [CallerMemberName] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
