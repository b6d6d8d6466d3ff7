namespace SamNative.Kernels.Tests;

/// <summary>Softmax down columns, in groups of rows.</summary>
internal static unsafe class ColumnSoftmaxCases
{
    public static IEnumerable<KernelCase> All()
    {
        Random random = new(13);
        foreach (int count in (int[])[1, 2, 3, 5, 7, 8, 15, 16])
        {
            foreach (int groups in (int[])[1, 2, 8])
            {
                foreach (float sharpness in (float[])[0f, 1f, 40f, 400f])
                {
                    yield return One(random, groups, count, columns: 16 * ((count + groups) % 5), sharpness);
                }
            }
        }
    }

    private static KernelCase One(Random random, int groups, int count, int columns, float sharpness)
    {
        const int Slack = 5;
        int stride = columns + Slack;
        float[] values = [.. Values.Matrix(random, Fill.Random, groups * count, columns, stride).Select(v => sharpness * v)];
        return new(
            $"{groups} groups of {count} rows, {columns} columns, sharpness {sharpness}",
            [values],
            (kernel, at) => ((ColumnSoftmaxKernel)kernel.Function)(at.Floats(0), stride, groups, count, columns),
            results =>
            {
                for (int i = 0; i < groups * columns; i++)
                {
                    (int g, int c) = Math.DivRem(i, columns);
                    double[] powers = [.. Enumerable.Range(0, count).Select(t => Math.Pow(2, values[At(g, t, c)]))];
                    for (int t = 0; t < count; t++)
                    {
                        float result = ((float[])results[0])[At(g, t, c)];
                        Ulp.Near(powers[t] / powers.Sum(), result, 16 * Ulp.Unit, "probability", i);
                    }
                }
            });

        int At(int group, int t, int column) => (((group * count) + t) * stride) + column;
    }
}
