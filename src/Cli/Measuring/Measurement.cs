using System.CommandLine;
using System.Diagnostics;
using SamNative.Kernels;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>What the verbs that measure have in common.</summary>
internal static class Measurement
{
    private static readonly TimeSpan peakTime = TimeSpan.FromSeconds(0.5);

    public static Option<string?> Model() => new("--model", "-m")
    {
        HelpName = "MODEL",
        Description = "A path or known name. Without it: the synthetic ViT-B of seed 0, made in memory.",
    };

    /// <summary>Loads what encodes; the decoder's weights come with the first predictor.</summary>
    public static LoadedModel Load(string? name, int threads, bool ignoreUnexpected, CancellationToken cancellation) => name is null
        ? LoadedModel.Load(
            "synthetic vit_b", new SyntheticCheckpoint(SamConfig.VitB), threads, ignoreUnexpected, deferDecoder: true, cancellation)
        : LoadedModel.Load(name, threads, ignoreUnexpected, deferDecoder: true, cancellation);

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
