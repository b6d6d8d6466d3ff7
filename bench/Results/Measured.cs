namespace SamNative.Bench;

/// <summary>Two encoders in pairs.</summary>
/// <param name="IsReference">Whether errors are against reference values; otherwise against the peer's output.</param>
/// <param name="Gflop">Useful work of one encode, in 10^9 operations: the same for both.</param>
/// <param name="Ratio">Their time over ours, pair by pair: above 1, we are faster.</param>
/// <param name="Plain">Ours without Strassen's algorithm, where that was measured.</param>
/// <param name="PlainRatio">Their time over that.</param>
internal sealed record EncoderResult(
    string Model, bool IsReference, int Pairs, double Gflop, FmaPeaks Peaks, EncoderSide Ours, EncoderSide Theirs, Spread Ratio,
    EncoderSide? Plain, Spread? PlainRatio)
{
    /// <summary>The share of the FMA peak that a side reached, 0 to 1.</summary>
    public double OfPeak(EncoderSide side) => Gflop / (side.EncodeMs.Median / 1e3) / Peaks.Most;
}

/// <summary>One of the two.</summary>
internal sealed record EncoderSide(
    string Name, string Description, Spread EncodeMs, double LoadMs, double FirstRunMs, double PeakRssMb, Closeness Error);

/// <summary>Matrix products in pairs.</summary>
internal sealed record ProductsResult(string Ours, string Theirs, int Turns, IReadOnlyList<ProductResult> Products);

/// <summary>One of them; times in milliseconds.</summary>
/// <param name="Plain">Ours without Strassen's algorithm.</param>
/// <param name="Ratio">Their time over ours, pair by pair: above 1, we are faster.</param>
/// <param name="PlainRatio">Their time over ours without Strassen's algorithm.</param>
internal sealed record ProductResult(
    string Name, int Rows, int Depth, int Columns, double Gflop, Spread Ours, Spread Plain, Spread Theirs, Spread Ratio,
    Spread PlainRatio, FmaPeaks Peaks)
{
    public double OfPeak(Spread times) => Gflop / (times.Median / 1e3) / Peaks.Most;
}

/// <summary>Our encoder with one thread and with several.</summary>
/// <param name="Speedup">The time with one thread over that with several, pair by pair.</param>
internal sealed record ScalingResult(
    int Threads, int Pairs, Spread OneMs, Spread AllMs, Spread Speedup, FmaPeaks PeakOfOne, FmaPeaks PeakOfAll)
{
    /// <summary>What the threads give a loop of multiply-adds.</summary>
    public double PeakSpeedup => PeakOfAll.Most / PeakOfOne.Most;

    /// <summary>Of what the threads could give, the share they give the encoder.</summary>
    public double Kept => Speedup.Median / PeakSpeedup;
}

/// <summary>Automatic masks, at several sizes of the picture.</summary>
internal sealed record MasksResult(string Description, int Points, int Runs, IReadOnlyList<MasksOfSize> Sizes);

/// <summary>Those of one size.</summary>
/// <param name="Usual">As they are made for users.</param>
/// <param name="AllCoded">With run lengths made of every mask.</param>
internal sealed record MasksOfSize(int Width, int Height, MasksRun Usual, MasksRun AllCoded);

/// <summary>One way of making them.</summary>
/// <param name="Ms">The encode included.</param>
/// <param name="MemoryMb">Peak memory of one run beyond that of loading and an encode.</param>
internal sealed record MasksRun(Spread Ms, double MemoryMb, FmaPeaks Peaks)
{
    /// <summary>What the time would be worth at the FMA peak, in 10^12 operations.</summary>
    public double Tflop => Ms.Median / 1e3 * Peaks.Most / 1e3;
}

/// <summary>Our encoder without AVX-512.</summary>
internal sealed record NarrowResult(string Description, int Runs, double Gflop, Spread EncodeMs, FmaPeaks Peaks)
{
    /// <summary>The share of the peak at 256 bit.</summary>
    public double OfPeak => Gflop / (EncodeMs.Median / 1e3) / Peaks.Bits256.Median;
}
