namespace SamNative.Kernels.Tests;

/// <summary>Rows that become columns: values keep their bits, NaN and both zeros included.</summary>
internal static unsafe class TransposeCases
{
    private static readonly int[] rowCounts = [0, 8, 16, 24, 32, 80];
    private static readonly int[] columnCounts = [0, 16, 32, 80];

    public static IEnumerable<KernelCase> All()
    {
        Random random = new(12);
        return from rows in rowCounts
               from columns in columnCounts
               from slack in (int[])[0, 3]
               select One(random, rows, columns, slack);
    }

    private static KernelCase One(Random random, int rows, int columns, int slack)
    {
        int lds = columns + slack;
        int ldd = rows + (2 * slack);
        float[] source = Values.Matrix(random, Fill.Special, rows, columns, lds);
        float[] destination = Values.Matrix(random, Fill.Random, columns, rows, ldd);
        return new(
            $"{rows}x{columns}, slack {slack}",
            [source, destination],
            (kernel, at) => ((TransposeKernel)kernel.Function)(at.Floats(0), lds, at.Floats(1), ldd, rows, columns),
            results =>
            {
                for (int i = 0; i < rows * columns; i++)
                {
                    (int r, int c) = Math.DivRem(i, columns);
                    Ulp.Same(source[(r * lds) + c], ((float[])results[1])[(c * ldd) + r], "transposed", i);
                }
            });
    }
}
