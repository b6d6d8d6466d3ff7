namespace SamNative;

/// <summary>Automatic masks take more memory than <see cref="AutomaticMaskOptions.MaxMaskBytes"/> allows.</summary>
public sealed class MaskLimitException : InvalidOperationException
{
    /// <param name="limit">The bytes that are allowed.</param>
    internal MaskLimitException(long limit)
        : base(
            $"The masks of this picture take more than the {limit} bytes that are allowed. Ask for fewer points or for higher "
            + $"thresholds, or raise {nameof(AutomaticMaskOptions.MaxMaskBytes)}.")
    {
    }
}
