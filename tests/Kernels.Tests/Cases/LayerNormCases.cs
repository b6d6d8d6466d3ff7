namespace SamNative.Kernels.Tests;

/// <summary>LayerNorm of rows of every length around whole lanes, with the rows that are hard for it.</summary>
internal static unsafe class LayerNormCases
{
    private static readonly int[] counts = [1, 2, 3, 15, 16, 17, 31, 32, 33, 47, 48, 64, 100, 256, 768, 1280];

    /// <summary>
    /// Shorter rows may by chance be nearly constant, so that the rounding of their mean is large beside their
    /// deviation.
    /// </summary>
    private const int WellConditioned = 100;

    /// <summary>What the rows hold, and how far the result may be from the exact one.</summary>
    private enum Rows
    {
        /// <summary>Normally distributed: 2e-6 * (1 + |y|).</summary>
        Normal,

        /// <summary>Their mean is a thousand times their standard deviation: 1e-3.</summary>
        FarFromZero,

        /// <summary>The same whole number everywhere: beta to the last bit.</summary>
        Constant,

        /// <summary>Normally distributed, 1e15 in size.</summary>
        Huge,

        /// <summary>Denormals and zeros of both signs.</summary>
        Tiny,
    }

    public static IEnumerable<KernelCase> All()
    {
        Random random = new(5);
        foreach (int count in counts)
        {
            foreach (Rows content in Enum.GetValues<Rows>())
            {
                int rows = 1 + (count % 3);
                int padded = (count + 15) / 16 * 16;
                yield return Case(random, content, rows, count, padded, padded, inPlace: true);
                yield return Case(random, content, rows, count, padded + 7, padded + 3, inPlace: false);
            }
        }

        yield return Case(random, Rows.Normal, 0, 16, 16, 16, inPlace: false);
    }

    private static KernelCase Case(Random random, Rows content, int rows, int count, int lds, int ldd, bool inPlace)
    {
        int padded = (count + 15) / 16 * 16;
        float epsilon = count % 2 == 0 ? 1e-6f : 1e-5f;
        float[] source = Values.Matrix(random, Fill.Random, rows, padded, lds);
        float[] gamma = new float[padded];
        float[] beta = new float[padded];
        for (int i = 0; i < count; i++)
        {
            gamma[i] = 1 + (0.5f * Values.Normal(random));
            beta[i] = Values.Normal(random);
            for (int r = 0; r < rows; r++)
            {
                source[(r * lds) + i] = Value(random, content, r);
            }
        }

        int result = inPlace ? 0 : 3;
        float[] destination = Values.Matrix(random, Fill.Random, rows, padded, ldd);
        return new(
            $"{rows}x{count}, strides {lds} and {ldd}, {content}{(inPlace ? ", in place" : "")}",
            inPlace ? [source, gamma, beta] : [source, gamma, beta, destination],
            (kernel, at) => ((LayerNormKernel)kernel.Function)(
                at.Floats(0), lds, at.Floats(1), at.Floats(2), epsilon, at.Floats(result), ldd, rows, count),
            results =>
            {
                for (int r = 0; r < rows; r++)
                {
                    Span<float> actual = ((float[])results[result]).AsSpan(r * ldd, padded);
                    Check(source.AsSpan(r * lds, count), gamma, beta, epsilon, actual, content);
                }
            });
    }

    private static float Value(Random random, Rows content, int row) => content switch
    {
        Rows.FarFromZero => 1000 + Values.Normal(random),
        Rows.Constant => (row * 5) - 3,
        Rows.Huge => 1e15f * Values.Normal(random),
        Rows.Tiny => random.Next(-3, 4) * float.Epsilon * (random.Next(2) == 0 ? -1 : 1),
        _ => Values.Normal(random),
    };

    private static void Check(
        Span<float> x, float[] gamma, float[] beta, float epsilon, Span<float> actual, Rows content)
    {
        double mean = x.ToArray().Sum(value => (double)value) / x.Length;
        double variance = x.ToArray().Sum(value => (value - mean) * (value - mean)) / x.Length;
        double rstd = 1 / Math.Sqrt(variance + epsilon);
        for (int i = 0; i < x.Length; i++)
        {
            double y = ((x[i] - mean) * rstd * gamma[i]) + beta[i];
            double tolerance = content switch
            {
                Rows.Constant => 0,
                Rows.FarFromZero => 1e-3,
                _ => 2e-6 * (1 + Math.Abs(y)),
            };
            if (x.Length < WellConditioned)
            {
                tolerance += 8 * Ulp.Unit * Math.Abs(mean) * rstd * Math.Abs(gamma[i]);
            }

            Ulp.Near(y, actual[i], tolerance, "normalised", i);
        }

        for (int i = x.Length; i < actual.Length; i++)
        {
            Ulp.Same(0f, actual[i], "padding", i);
        }
    }
}
