namespace SamNative.Bench;

/// <summary>What compare was asked for.</summary>
/// <param name="Pairs">How many times each engine runs, after warming up.</param>
/// <param name="Model">A safetensors file; null for the synthetic ViT-B.</param>
internal sealed record Settings(int Pairs, int Threads, string? Model)
{
    /// <summary>Runs before the first timed one; the first of them is reported as such.</summary>
    public const int WarmUps = 3;
}
