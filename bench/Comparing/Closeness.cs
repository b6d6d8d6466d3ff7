namespace SamNative.Bench;

/// <summary>How far computed values are from reference values.</summary>
/// <param name="MaxAbs">The largest absolute difference.</param>
/// <param name="RelativeRms">The root mean square of the differences over that of the reference.</param>
internal sealed record Closeness(double MaxAbs, double RelativeRms)
{
    /// <summary>What our encoder's error must stay within.</summary>
    public static Closeness Bar { get; } = new(3e-5, 5e-6);

    public bool IsWithin(Closeness bar) => MaxAbs <= bar.MaxAbs && RelativeRms <= bar.RelativeRms;

    public static Closeness Of(ReadOnlySpan<float> computed, ReadOnlySpan<float> reference)
    {
        if (computed.Length != reference.Length)
        {
            throw new BenchFailedException($"{computed.Length} values were computed where {reference.Length} were expected.");
        }

        double max = 0;
        double squares = 0;
        double total = 0;
        for (int i = 0; i < computed.Length; i++)
        {
            double difference = Math.Abs((double)computed[i] - reference[i]);
            max = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(max, difference);
            squares += difference * difference;
            total += (double)reference[i] * reference[i];
        }

        return new Closeness(max, Math.Sqrt(squares / total));
    }

    public override string ToString() => $"{MaxAbs:0.0e+0} / {RelativeRms:0.0e+0}";
}
