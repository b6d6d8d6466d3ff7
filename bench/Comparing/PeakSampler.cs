using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>
/// What the processor could do at most while something was measured: FMA loops at every vector width it has, sampled
/// before, between and after the measurements, because shared machines change their speed.
/// </summary>
internal sealed class PeakSampler(int threads)
{
    private static readonly TimeSpan duration = TimeSpan.FromSeconds(0.3);

    private readonly List<double> at256 = [];
    private readonly List<double> at512 = [];

    public static bool Has512 => Isa.IsAvailable(IsaLevel.Avx512);

    /// <summary>Measures each width once.</summary>
    public void Sample()
    {
        at256.Add(FmaPeak.Measure(Has512 ? IsaLevel.Avx2 : Isa.Found, threads, duration));
        if (Has512)
        {
            at512.Add(FmaPeak.Measure(IsaLevel.Avx512, threads, duration));
        }
    }

    public FmaPeaks Result() => new(threads, Spread.Of(at256), at512.Count > 0 ? Spread.Of(at512) : null);
}

/// <summary>The FMA peak in GFLOP/s.</summary>
/// <param name="Bits256">At 256 bit; where there is no AVX2, at what there is.</param>
/// <param name="Bits512">At 512 bit; null where the processor has none.</param>
internal sealed record FmaPeaks(int Threads, Spread Bits256, Spread? Bits512)
{
    /// <summary>The most it could do at any width: what shares are given of.</summary>
    public double Most => Math.Max(Bits256.Median, Bits512?.Median ?? 0);
}
