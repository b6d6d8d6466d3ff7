namespace SamNative.Bench;

/// <summary>What compare was asked for.</summary>
/// <param name="Pairs">How many times each engine runs, after warming up.</param>
/// <param name="Model">A safetensors file; null for the synthetic ViT-B.</param>
internal sealed record Settings(int Pairs, int Threads, string? Model)
{
    /// <summary>Runs before the first timed one.</summary>
    public const int WarmUps = 3;

    /// <summary>Processes of each engine that only load and run once: those figures are their medians.</summary>
    public const int Starts = 3;
}
