namespace SamNative;

/// <summary>
/// The weights of an antialiased resize along one axis, in double: a kernel as wide as the shrinking demands, sampled at the
/// source's values, those beyond its ends left out, and normalised. Pillow (src/libImaging/Resample.c, precompute_coeffs)
/// and PyTorch's interpolate with antialias have the same rule.
/// </summary>
internal sealed class ResampleAxis
{
    /// <param name="source">Length of the source, at least 1.</param>
    /// <param name="target">Length of the result, at least 1.</param>
    /// <param name="cubic">The cubic of a = -0.5, which reaches 2 to each side; otherwise the triangle, which reaches 1.</param>
    public ResampleAxis(int source, int target, bool cubic)
    {
        Source = source;
        Target = target;
        double scale = (double)source / target;
        double stretch = Math.Max(scale, 1.0);
        double support = (cubic ? 2.0 : 1.0) * stretch;
        Taps = ((int)Math.Ceiling(support) * 2) + 1;
        Starts = new int[target];
        Counts = new int[target];
        Weights = new double[target * Taps];
        for (int i = 0; i < target; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - support + 0.5));
            int end = Math.Min(source, (int)(center + support + 0.5));
            Starts[i] = first;
            Counts[i] = end - first;
            Span<double> weights = Weights.AsSpan(i * Taps, end - first);
            double sum = 0;
            for (int t = 0; t < weights.Length; t++)
            {
                double distance = Math.Abs((t + first - center + 0.5) * (1.0 / stretch));
                weights[t] = cubic ? Cubic(distance) : Math.Max(0.0, 1.0 - distance);
                sum += weights[t];
            }

            for (int t = 0; t < weights.Length; t++)
            {
                weights[t] = sum == 0 ? 0 : weights[t] / sum;
            }
        }
    }

    public int Source { get; }

    public int Target { get; }

    /// <summary>The most taps of a value.</summary>
    public int Taps { get; }

    /// <summary>[Target]: the first source value of each value.</summary>
    public int[] Starts { get; }

    /// <summary>[Target]: its taps.</summary>
    public int[] Counts { get; }

    /// <summary>[Target, Taps]; their sum is 1.</summary>
    public double[] Weights { get; }

    private static double Cubic(double x)
    {
        const double a = -0.5;
        return x switch
        {
            < 1.0 => ((((a + 2.0) * x) - (a + 3.0)) * x * x) + 1,
            < 2.0 => ((((x - 5) * x) + 8) * x - 4) * a,
            _ => 0.0,
        };
    }
}
