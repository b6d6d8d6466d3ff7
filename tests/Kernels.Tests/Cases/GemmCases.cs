using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>One tile of c = init + a * b, for every depth and every way to begin.</summary>
internal static unsafe class GemmCases
{
    /// <summary>What the products are added to.</summary>
    private enum Start
    {
        Zero,
        Separate,
        OneRow,
        Result,
    }

    private static readonly int[] depths =
        [.. Enumerable.Range(1, 34), 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129, 768];

    public static IEnumerable<KernelCase> All(int rows, int columns)
    {
        Random random = new(columns);
        foreach (int depth in depths)
        {
            foreach (Start start in Enum.GetValues<Start>())
            {
                foreach (Fill fill in Enum.GetValues<Fill>())
                {
                    int slack = (depth + (int)start + (int)fill) % 3 * 5;
                    yield return Case(random, rows, columns, depth, start, fill, slack);
                }
            }
        }
    }

    private static KernelCase Case(Random random, int rows, int columns, int depth, Start start, Fill fill, int slack)
    {
        int lda = depth + slack;
        int ldb = columns + slack;
        int ldi = start == Start.OneRow ? 0 : columns + (2 * slack);
        int ldc = start == Start.Result ? ldi : columns + (3 * slack);
        float[] a = Values.Matrix(random, fill, rows, depth, lda);
        float[] b = Values.Matrix(random, fill, depth, columns, ldb);
        float[] c = Values.Matrix(random, fill, rows, columns, ldc);
        if (start != Start.Result)
        {
            Array.Fill(c, float.NaN);
        }

        float[] init = start switch
        {
            Start.Separate => Values.Matrix(random, fill, rows, columns, ldi),
            Start.OneRow => Values.Vector(random, fill, columns),
            Start.Result => c,
            _ => [],
        };

        return new(
            $"{rows}x{columns}, k {depth}, from {start}, {fill}, slack {slack}",
            start is Start.Separate or Start.OneRow ? [a, b, c, init] : [a, b, c],
            Call,
            results => Check((float[])results[2]));

        void Call(KernelRow kernel, Operands at)
        {
            float* from = start switch { Start.Zero => null, Start.Result => at.Floats(2), _ => at.Floats(3) };
            for (int r = 0; r < rows; r += kernel.TileRows)
            {
                for (int n = 0; n < columns; n += kernel.TileColumns)
                {
                    ((GemmKernel)kernel.Function)(
                        at.Floats(0) + (r * lda), lda, at.Floats(1) + n, ldb, depth,
                        from == null ? null : from + (r * ldi) + n, ldi, at.Floats(2) + (r * ldc) + n, ldc);
                }
            }
        }

        void Check(float[] result)
        {
            // One for each term, and one where the sum meets what it begins with.
            int roundings = start == Start.Zero ? depth : depth + 1;
            double squaredError = 0;
            double squaredSize = 0;
            for (int r = 0; r < rows; r++)
            {
                for (int n = 0; n < columns; n++)
                {
                    double sum = start == Start.Zero ? 0 : init[(r * ldi) + n];
                    double size = Math.Abs(sum);
                    for (int k = 0; k < depth; k++)
                    {
                        double product = (double)a[(r * lda) + k] * b[(k * ldb) + n];
                        sum += product;
                        size += Math.Abs(product);
                    }

                    float actual = result[(r * ldc) + n];
                    double bound = fill == Fill.Integer ? 0 : roundings * ((Ulp.Unit * size) + float.Epsilon);
                    Ulp.Near(sum, actual, bound, "product", (r * columns) + n);
                    squaredError += (actual - sum) * (actual - sum);
                    squaredSize += size * size;
                }
            }

            if (fill == Fill.Random)
            {
                double error = Math.Sqrt(squaredError);
                double allowed = Math.Sqrt(roundings) * Ulp.Unit * Math.Sqrt(squaredSize);
                Assert.True(error <= allowed, $"the error's RMS is {error:G3}, allowed {allowed:G3}");
            }
        }
    }
}
