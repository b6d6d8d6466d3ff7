namespace SamNative.Kernels.Tests;

/// <summary>The sums around the products of Strassen's algorithm: a rounding each, in a fixed order.</summary>
internal static unsafe class StrassenCases
{
    private static readonly int[] counts = [0, 16, 32, 112];

    public static IEnumerable<KernelCase> Left()
    {
        Random random = new(31);
        foreach (Fill fill in Enum.GetValues<Fill>())
        {
            yield return Left(random, fill, quarterRows: 1, depth: 16, rows: 1, slack: 0);
            yield return Left(random, fill, quarterRows: 3, depth: 32, rows: 3, slack: 8);
            yield return Left(random, fill, quarterRows: 4, depth: 16, rows: 2, slack: 5);
            yield return Left(random, fill, quarterRows: 2, depth: 48, rows: 0, slack: 0);
        }
    }

    public static IEnumerable<KernelCase> First()
    {
        Random random = new(33);
        foreach ((Fill fill, int count) in Shapes())
        {
            yield return First(random, fill, count);
        }
    }

    public static IEnumerable<KernelCase> Rest()
    {
        Random random = new(34);
        foreach ((Fill fill, int count) in Shapes())
        {
            yield return Rest(random, fill, count, c22: 5);
            yield return Rest(random, fill, count, c22: 0);
        }
    }

    private static IEnumerable<(Fill Fill, int Count)> Shapes() =>
        from fill in Enum.GetValues<Fill>() from count in counts select (fill, count);

    private static float[][] Vectors(Random random, Fill fill, int count, int vectors) =>
        [.. Enumerable.Range(0, vectors).Select(_ => Values.Vector(random, fill, count))];

    private static KernelCase First(Random random, Fill fill, int count)
    {
        float[][] p = Vectors(random, fill, count, 3);
        return new(
            $"{count}, {fill}", [.. p, .. Vectors(random, fill, count, 1)],
            (kernel, at) => ((StrassenFirstKernel)kernel.Function)(
                at.Floats(0), at.Floats(1), at.Floats(2), at.Floats(3), count),
            results =>
            {
                for (int i = 0; i < count; i++)
                {
                    Ulp.Same(p[0][i] + p[1][i] - p[2][i], ((float[])results[3])[i], "c11", i);
                }
            });
    }

    /// <param name="c22">The operand that takes c22: one of its own, or p0.</param>
    private static KernelCase Rest(Random random, Fill fill, int count, int c22)
    {
        float[][] v = Vectors(random, fill, count, 6);
        return new(
            $"{count}, {fill}, into operand {c22}", [.. v],
            (kernel, at) => ((StrassenRestKernel)kernel.Function)(
                at.Floats(0), at.Floats(1), at.Floats(2), at.Floats(3), at.Floats(4), at.Floats(c22), count),
            results =>
            {
                for (int i = 0; i < count; i++)
                {
                    Ulp.Same(v[3][i] + v[2][i], ((float[])results[3])[i], "c12", i);
                    Ulp.Same(v[4][i] + v[1][i], ((float[])results[4])[i], "c21", i);
                    Ulp.Same(v[0][i] - v[1][i] + v[2][i], ((float[])results[c22])[i], "c22", i);
                }
            });
    }

    private static KernelCase Left(Random random, Fill fill, int quarterRows, int depth, int rows, int slack)
    {
        int stride = (4 * depth) + slack;
        int destinationStride = depth + slack;
        int block = rows == 0 ? 0 : ((rows - 1) * destinationStride) + depth;
        int blockStride = block + slack;
        float[] a = Values.Matrix(random, fill, 4 * quarterRows, 4 * depth, stride);
        float[] destination = new float[(48 * blockStride) + block];
        return new(
            $"4 x 4 blocks of {quarterRows}x{depth}, {rows} rows, slack {slack}, {fill}", [a, destination],
            (kernel, at) => ((StrassenLeftKernel)kernel.Function)(
                at.Floats(0), stride, quarterRows, depth, at.Floats(1), destinationStride, blockStride, rows),
            results =>
            {
                for (int i = 0; i < rows * depth; i++)
                {
                    (int r, int k) = Math.DivRem(i, depth);
                    for (int operand = 0; operand < 49; operand++)
                    {
                        float expected = Operand(
                            operand % 7,
                            (y, x) => Operand(
                                operand / 7,
                                (outerY, outerX) => a[((r + (((2 * outerY) + y) * quarterRows)) * stride) + (((2 * outerX) + x) * depth) + k]));
                        float actual = ((float[])results[1])[(operand * blockStride) + (r * destinationStride) + k];
                        Ulp.Same(expected, actual, $"operand {operand}", i);
                    }
                }
            });
    }

    /// <summary>The left operands as Strassen gives them.</summary>
    private static float Operand(int index, Func<int, int, float> a) => index switch
    {
        0 => a(0, 0) + a(1, 1),
        1 => a(1, 1),
        2 => a(0, 0) + a(0, 1),
        3 => a(0, 1) - a(1, 1),
        4 => a(1, 0) + a(1, 1),
        5 => a(0, 0),
        _ => a(1, 0) - a(0, 0),
    };
}
