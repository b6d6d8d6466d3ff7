namespace SamNative.Kernels.Tests;

/// <summary>What a test fills its buffers with.</summary>
internal enum Fill
{
    /// <summary>Evenly in -1 … 1.</summary>
    Random,

    /// <summary>Whole numbers in -8 … 8: sums of their products are exact in single precision.</summary>
    Integer,

    /// <summary>Both zeros, denormals, tiny and huge magnitudes among ordinary values.</summary>
    Special,
}

/// <summary>Seeded data.</summary>
internal static class Values
{
    private static readonly float[] specials =
    [
        0f, -0f, float.Epsilon, -float.Epsilon, 1.17549421e-38f, -1.17549421e-38f, 1.17549435e-38f, 1e-30f, -1e-30f,
        1f, -1f, 1.00000012f, 0.99999994f, 0.1f, -3f, 1e15f, -1e15f,
    ];

    public static float Next(Random random, Fill fill) => fill switch
    {
        Fill.Integer => random.Next(-8, 9),
        Fill.Special when random.Next(2) == 0 => specials[random.Next(specials.Length)],
        _ => (random.NextSingle() * 2f) - 1f,
    };

    public static float[] Vector(Random random, Fill fill, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Next(random, fill);
        }

        return values;
    }

    /// <summary>rows of count values, stride apart, as short as a buffer may be; between the rows lies NaN.</summary>
    public static float[] Matrix(Random random, Fill fill, int rows, int count, int stride)
    {
        float[] values = new float[rows == 0 ? 0 : ((rows - 1) * stride) + count];
        Array.Fill(values, float.NaN);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < count; i++)
            {
                values[(r * stride) + i] = Next(random, fill);
            }
        }

        return values;
    }

    /// <summary>A normally distributed value (Box and Muller 1958).</summary>
    public static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
