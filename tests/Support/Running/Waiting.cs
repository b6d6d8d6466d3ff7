namespace SamNative.Tests.Support;

/// <summary>
/// How long a test waits for what must happen: far longer than it takes on the busiest machine, so that only what never
/// happens fails, and not for ever, so that it fails its test and not the whole suite. The one bound for all tests.
/// </summary>
public static class Waiting
{
    /// <summary>The bound in milliseconds.</summary>
    public const int BoundMilliseconds = 600_000;

    /// <summary>The bound.</summary>
    public static TimeSpan Bound { get; } = TimeSpan.FromMilliseconds(BoundMilliseconds);
}
