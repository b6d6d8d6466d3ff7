using System.Diagnostics;
using SamNative.Kernels;

namespace SamNative.Cli;

/// <summary>What the verbs that measure have in common.</summary>
internal static class Measurement
{
    private static readonly TimeSpan peakTime = TimeSpan.FromSeconds(0.5);

    /// <summary>A picture that fills the model's square, so that all of the plan's work is done.</summary>
    public static ImageView Picture(int side)
    {
        byte[] rgb = new byte[side * side * 3];
        for (int i = 0; i < side * side; i++)
        {
            (int y, int x) = Math.DivRem(i, side);
            rgb[3 * i] = (byte)(x * 255 / side);
            rgb[(3 * i) + 1] = (byte)(y * 255 / side);
            rgb[(3 * i) + 2] = (byte)(x ^ y);
        }

        return new ImageView(rgb, side, side);
    }

    /// <summary>What the processor could do at most with the model's instruction set and threads, in GFLOP/s.</summary>
    public static double Peak(SamModel model) => FmaPeak.Measure(model.Isa, model.Threads, peakTime);

    public static double Milliseconds(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>The median of at least one value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
