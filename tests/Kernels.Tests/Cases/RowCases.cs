namespace SamNative.Kernels.Tests;

/// <summary>Sums of rows and rows times factors: one rounding each, so the oracle is exact.</summary>
internal static unsafe class RowCases
{
    private static readonly int[] rowCounts = [0, 1, 2, 5, 9];
    private static readonly int[] laneCounts = [0, 16, 32, 64, 112];

    public static IEnumerable<KernelCase> Add() => Sums(new Random(3), sign: 1);

    public static IEnumerable<KernelCase> Subtract() => Sums(new Random(5), sign: -1);

    /// <param name="sign">1 for sums, -1 for differences.</param>
    private static IEnumerable<KernelCase> Sums(Random random, int sign)
    {
        foreach ((Fill fill, int rows, int lanes) in Shapes())
        {
            int slack = (rows + lanes) % 3 * 8;
            yield return Sum(random, fill, rows, lanes, slack, result: 0, sign);
            yield return Sum(random, fill, rows, lanes, slack, result: 1, sign);
            yield return Sum(random, fill, rows, lanes, slack, result: 2, sign);
        }
    }

    public static IEnumerable<KernelCase> Scale()
    {
        Random random = new(4);
        foreach ((Fill fill, int rows, int lanes) in Shapes())
        {
            yield return Product(random, fill, rows, lanes, lanes, result: 0);
            yield return Product(random, fill, rows, lanes, lanes + 5, result: 1);
        }
    }

    private static IEnumerable<(Fill Fill, int Rows, int Lanes)> Shapes() =>
        from fill in Enum.GetValues<Fill>() from rows in rowCounts from lanes in laneCounts select (fill, rows, lanes);

    /// <param name="result">Which operand is the destination: left, right or one of its own.</param>
    private static KernelCase Sum(Random random, Fill fill, int rows, int lanes, int slack, int result, int sign)
    {
        int[] strides = [lanes + slack, lanes + (2 * slack), lanes + (slack / 2)];
        float[][] values = [.. strides.Select(stride => Values.Matrix(random, fill, rows, lanes, stride))];
        return new(
            $"{rows}x{lanes}, slack {slack}, {fill}, into operand {result}, sign {sign}",
            [.. values],
            (kernel, at) => ((AddRowsKernel)kernel.Function)(
                at.Floats(0), strides[0], at.Floats(1), strides[1], at.Floats(result), strides[result], rows, lanes),
            results =>
            {
                for (int i = 0; i < rows * lanes; i++)
                {
                    int r = i / lanes;
                    int n = i % lanes;
                    double sum = (double)values[0][(r * strides[0]) + n] + (sign * values[1][(r * strides[1]) + n]);
                    Ulp.Same((float)sum, ((float[])results[result])[(r * strides[result]) + n], "sum", i);
                }
            });
    }

    /// <param name="result">The destination: 0 the source itself, 1 one of its own with a stride of its own.</param>
    private static KernelCase Product(Random random, Fill fill, int rows, int lanes, int stride, int result)
    {
        int resultStride = stride + (2 * result);
        float[] values = Values.Matrix(random, fill, rows, lanes, stride);
        float[] own = Values.Matrix(random, fill, rows, lanes, resultStride);
        float[] factors = Values.Vector(random, fill, rows);
        return new(
            $"{rows}x{lanes}, stride {stride}, {fill}, into operand {result}",
            [values, own, factors],
            (kernel, at) => ((ScaleRowsKernel)kernel.Function)(
                at.Floats(0), stride, at.Floats(2), at.Floats(result), resultStride, rows, lanes),
            results =>
            {
                for (int i = 0; i < rows * lanes; i++)
                {
                    (int r, int n) = Math.DivRem(i, lanes);
                    float product = (float)((double)values[(r * stride) + n] * factors[r]);
                    Ulp.Same(product, ((float[])results[result])[(r * resultStride) + n], "product", i);
                }
            });
    }
}
