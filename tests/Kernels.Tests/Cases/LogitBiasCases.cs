namespace SamNative.Kernels.Tests;

/// <summary>Logits and their bias: one rounding each, so the oracle is exact. The largest of a lane depends on no order.</summary>
internal static unsafe class LogitBiasCases
{
    private static readonly int[] rowCounts = [0, 1, 2, 6, 8];
    private static readonly int[] laneCounts = [16, 32, 48, 64, 112];

    public static IEnumerable<KernelCase> All()
    {
        Random random = new(11);
        return from fill in Enum.GetValues<Fill>()
               from rows in rowCounts
               from lanes in laneCounts
               from step in (int[])[0, 1]
               select Case(random, fill, rows, lanes, step, slack: (rows + lanes) % 3 * 5);
    }

    /// <summary>What <see cref="LogitBias"/> makes of logits.</summary>
    /// <param name="largest">[rows, 16]; updated.</param>
    public static void Apply(
        Span<float> logits, int ldl, ReadOnlySpan<float> bias, int ldb, int step, Span<float> largest, int rows, int lanes)
    {
        for (int i = 0; i < rows * lanes; i++)
        {
            (int r, int n) = Math.DivRem(i, lanes);
            ref float x = ref logits[(r * ldl) + n];
            ref float most = ref largest[(r * 16) + (n % 16)];
            x += bias[(r * ldb) + (n / 16 * step)];
            most = x > most ? x : most;
        }
    }

    /// <summary>Zeros of both signs are the same: which one is kept depends on the order, and the softmax does not ask.</summary>
    public static float[] WithoutSigns(float[] largest) => [.. largest.Select(lane => lane == 0f ? 0f : lane)];

    public static void Same(float[] expected, float[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Ulp.Same(expected[i], actual[i], what, i);
        }
    }

    private static KernelCase Case(Random random, Fill fill, int rows, int lanes, int step, int slack)
    {
        int ldl = lanes + slack;
        int ldb = (step * (lanes / 16)) + 1 + slack;
        float[] logits = Values.Matrix(random, fill, rows, lanes, ldl);
        float[] bias = Values.Vector(random, fill, rows * ldb);
        float[] largest = Values.Vector(random, fill, rows * 16);
        return new(
            $"{rows}x{lanes}, slack {slack}, step {step}, {fill}",
            [logits, bias, largest],
            (kernel, at) => ((LogitBiasKernel)kernel.Function)(
                at.Floats(0), ldl, at.Floats(1), ldb, step, at.Floats(2), rows, lanes),
            results =>
            {
                float[] x = [.. logits];
                float[] most = [.. largest];
                Apply(x, ldl, bias, ldb, step, most, rows, lanes);
                Same(x, (float[])results[0], "logit");
                Same(WithoutSigns(most), WithoutSigns((float[])results[2]), "largest");
            })
        {
            Blank = results => results[2] = WithoutSigns((float[])results[2]),
        };
    }
}
