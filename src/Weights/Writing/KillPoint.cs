namespace SamNative.Weights;

/// <summary>
/// The moments at which a test kills the process, or does what another process might, between any two steps that change a
/// folder.
/// </summary>
internal static class KillPoint
{
    /// <summary>What a test does there, on its own thread; nothing else sets it.</summary>
    [field: ThreadStatic]
    public static Action? OnReached { get; set; }

    public static void Reached() => OnReached?.Invoke();
}
