namespace SamNative;

/// <summary>
/// How large the pictures of an embedding file may be before it is refused: the file holds no pixels, so that a small
/// hostile one could ask for masks that take a minute and a gigabyte.
/// </summary>
public sealed record EmbeddingLimits
{
    /// <summary>The limits that apply when none are given.</summary>
    public static EmbeddingLimits Default { get; } = new();

    /// <summary>
    /// Width times height of a picture that was encoded: 2^28 when not set, which are 268 million, below 2^31 at most, as
    /// of every mask.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or too large.</exception>
    public long MaxPixels
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, int.MaxValue);
            field = value;
        }
    } = 1L << 28;
}
