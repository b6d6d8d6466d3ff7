using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The weights of Pillow's bilinear resize along one axis (src/libImaging/Resample.c, precompute_coeffs): a triangle as
/// wide as the shrinking demands, sampled at the source pixels, normalised in double, rounded to 22 fractional bits.
/// </summary>
internal sealed class ResizeWeights
{
    public ResizeWeights(int source, int target)
    {
        Source = source;
        Target = target;
        double scale = (double)source / target;
        double stretch = Math.Max(scale, 1.0);
        Taps = ((int)Math.Ceiling(stretch) * 2) + 1;
        Starts = new int[target];
        Counts = new int[target];
        Weights = new int[target * Taps];
        double[] triangle = new double[Taps];
        for (int i = 0; i < target; i++)
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - stretch + 0.5));
            int end = Math.Min(source, (int)(center + stretch + 0.5));
            double sum = 0;
            for (int t = 0; t < end - first; t++)
            {
                triangle[t] = Math.Max(0.0, 1.0 - Math.Abs((t + first - center + 0.5) * (1.0 / stretch)));
                sum += triangle[t];
            }

            Starts[i] = first;
            Counts[i] = end - first;
            for (int t = 0; t < end - first; t++)
            {
                double weight = sum == 0 ? 0 : triangle[t] / sum;
                Weights[(i * Taps) + t] = (int)(0.5 + (weight * (1 << ByteResize.Precision)));
            }
        }
    }

    public int Source { get; }

    public int Target { get; }

    /// <summary>The most taps of a pixel.</summary>
    public int Taps { get; }

    /// <summary>[Target]: the first source pixel of each pixel.</summary>
    public int[] Starts { get; }

    /// <summary>[Target]: its taps.</summary>
    public int[] Counts { get; }

    /// <summary>[Target, Taps].</summary>
    public int[] Weights { get; }
}
