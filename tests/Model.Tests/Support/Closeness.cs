using Xunit;
namespace SamNative.Model.Tests;

/// <summary>How far computed values are from reference values.</summary>
/// <param name="MaxAbs">The largest absolute difference.</param>
/// <param name="RelativeRms">The root mean square of the differences over that of the reference.</param>
/// <param name="Rms">The root mean square of the reference.</param>
internal readonly record struct Closeness(double MaxAbs, double RelativeRms, double Rms)
{
    public static Closeness Of(ReadOnlySpan<float> computed, ReadOnlySpan<float> reference)
    {
        Assert.Equal(reference.Length, computed.Length);
        double max = 0;
        double squares = 0;
        double total = 0;
        for (int i = 0; i < computed.Length; i++)
        {
            double difference = Math.Abs((double)computed[i] - reference[i]);
            max = double.IsNaN(difference) ? double.NaN : Math.Max(max, difference);
            squares += difference * difference;
            total += (double)reference[i] * reference[i];
        }

        return new Closeness(max, Math.Sqrt(squares / total), Math.Sqrt(total / computed.Length));
    }

    public override string ToString() => $"max abs {MaxAbs:E2}, relative RMS {RelativeRms:E2}";
}
