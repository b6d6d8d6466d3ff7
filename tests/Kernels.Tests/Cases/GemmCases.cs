using SamNative.Tests.Support;

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

    /// <summary>The same with b = x + y, which is kept.</summary>
    public static IEnumerable<KernelCase> Sums(int rows, int columns)
    {
        Random random = new(columns + 1);
        foreach (int depth in depths)
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                yield return Sum(random, rows, columns, depth, fill, depth % 3 * 5, onto: depth % 2 == 0);
            }
        }
    }

    /// <summary>The same, made logits.</summary>
    public static IEnumerable<KernelCase> Logits(int rows, int columns)
    {
        Random random = new(columns + 2);
        foreach (int depth in depths)
        {
            foreach (Fill fill in Enum.GetValues<Fill>())
            {
                yield return Logit(random, rows, columns, depth, fill, depth % 3 * 5, step: depth % 2);
            }
        }
    }

    /// <param name="step">From the bias of 16 columns to that of the next.</param>
    private static KernelCase Logit(Random random, int rows, int columns, int depth, Fill fill, int slack, int step)
    {
        int lda = depth + slack;
        int ldb = columns + slack;
        int ldc = columns + (2 * slack);
        int ldBias = 3 + slack;
        float[] a = Values.Matrix(random, fill, rows, depth, lda);
        float[] b = Values.Matrix(random, fill, depth, columns, ldb);
        float[] init = Values.Matrix(random, fill, rows, columns, ldc);
        float[] bias = Values.Vector(random, fill, rows * ldBias);
        float[] largest = Values.Vector(random, fill, rows * 16);
        float[] c = new float[init.Length];
        return new($"{rows}x{columns}, k {depth}, {fill}, slack {slack}, step {step}", [a, b, init, bias, largest, c], Call, Check)
        {
            Blank = results => results[4] = LogitBiasCases.WithoutSigns((float[])results[4]),
        };

        void Call(KernelRow kernel, Operands at)
        {
            for (int r = 0; r < rows; r += kernel.TileRows)
            {
                for (int n = 0; n < columns; n += kernel.TileColumns)
                {
                    ((GemmLogitsKernel)kernel.Function)(
                        at.Floats(0) + (r * lda), lda, at.Floats(1) + n, ldb, depth, at.Floats(2) + (r * ldc) + n, ldc,
                        at.Floats(3) + (r * ldBias) + (n / 16 * step), ldBias, step, at.Floats(4) + (r * 16),
                        at.Floats(5) + (r * ldc) + n, ldc, at.Floats(1), 16);
                }
            }
        }

        void Check(Array[] results)
        {
            float[] x = Plain();
            float[] most = [.. largest];
            LogitBiasCases.Apply(x, ldc, bias, ldBias, step, most, rows, columns);
            LogitBiasCases.Same(x, (float[])results[5], "logit");
            LogitBiasCases.Same(
                LogitBiasCases.WithoutSigns(most), LogitBiasCases.WithoutSigns((float[])results[4]), "largest");
        }

        // The product has cases of its own; what is done to it here is exact.
        float[] Plain()
        {
            float[] product = new float[init.Length];
            fixed (float* pa = a, pb = b, pi = init, pc = product)
            {
                for (int i = 0; i < rows * (columns / GemmScalar.TileColumns); i++)
                {
                    (int r, int group) = Math.DivRem(i, columns / GemmScalar.TileColumns);
                    int n = group * GemmScalar.TileColumns;
                    GemmScalar.Run(pa + (r * lda), lda, pb + n, ldb, depth, pi + (r * ldc) + n, ldc, pc + (r * ldc) + n, ldc, pb, 0);
                }
            }

            return product;
        }
    }

    /// <param name="onto">Whether the product is added to what is in c.</param>
    private static KernelCase Sum(Random random, int rows, int columns, int depth, Fill fill, int slack, bool onto)
    {
        int lda = depth + slack;
        int ldb = columns + slack;
        int ldc = columns + (2 * slack);
        float[] a = Values.Matrix(random, fill, rows, depth, lda);
        float[] x = Values.Matrix(random, fill, depth, columns, ldb);
        float[] y = Values.Matrix(random, fill, depth, columns, ldb);
        float[] sum = Values.Matrix(random, fill, depth, columns, ldb);
        float[] c = Values.Matrix(random, fill, rows, columns, ldc);
        if (!onto)
        {
            Array.Fill(c, float.NaN);
        }

        return new($"{rows}x{columns}, k {depth}, onto {onto}, {fill}, slack {slack}", [a, x, y, sum, c], Call, Check);

        void Call(KernelRow kernel, Operands at)
        {
            for (int n = 0; n < columns; n += kernel.TileColumns)
            {
                for (int r = 0; r < rows; r += kernel.TileRows)
                {
                    float* tile = at.Floats(4) + (r * ldc) + n;
                    ((GemmSumKernel)kernel.Function)(
                        at.Floats(0) + (r * lda), lda, at.Floats(1) + n, at.Floats(2) + n, at.Floats(3) + n, ldb, depth,
                        onto ? tile : null, ldc, tile, ldc, at.Floats(2), 16);
                }
            }
        }

        void Check(Array[] results)
        {
            float[] made = (float[])results[3];
            for (int k = 0; k < depth; k++)
            {
                for (int n = 0; n < columns; n++)
                {
                    int i = (k * ldb) + n;
                    Ulp.Same(x[i] + y[i], made[i], "sum", i);
                }
            }

            Product product = new(rows, columns, depth, fill, a, lda, made, ldb, onto ? c : [], ldc);
            product.Check((float[])results[4], ldc);
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
            results => new Product(rows, columns, depth, fill, a, lda, b, ldb, init, ldi).Check((float[])results[2], ldc));

        void Call(KernelRow kernel, Operands at)
        {
            float* from = start switch { Start.Zero => null, Start.Result => at.Floats(2), _ => at.Floats(3) };
            for (int r = 0; r < rows; r += kernel.TileRows)
            {
                for (int n = 0; n < columns; n += kernel.TileColumns)
                {
                    ((GemmKernel)kernel.Function)(
                        at.Floats(0) + (r * lda), lda, at.Floats(1) + n, ldb, depth,
                        from == null ? null : from + (r * ldi) + n, ldi, at.Floats(2) + (r * ldc) + n, ldc,
                        at.Floats(1), 16);
                }
            }
        }
    }

    /// <summary>c = init + a * b in double precision; init is empty for zeros.</summary>
    private sealed record Product(
        int Rows, int Columns, int Depth, Fill Fill, float[] A, int Lda, float[] B, int Ldb, float[] Init, int Ldi)
    {
        public void Check(float[] result, int ldc)
        {
            // One for each term, and one where the sum meets what it begins with.
            int roundings = Init.Length == 0 ? Depth : Depth + 1;
            double squaredError = 0;
            double squaredSize = 0;
            for (int r = 0; r < Rows; r++)
            {
                for (int n = 0; n < Columns; n++)
                {
                    double sum = Init.Length == 0 ? 0 : Init[(r * Ldi) + n];
                    double size = Math.Abs(sum);
                    for (int k = 0; k < Depth; k++)
                    {
                        double product = (double)A[(r * Lda) + k] * B[(k * Ldb) + n];
                        sum += product;
                        size += Math.Abs(product);
                    }

                    float actual = result[(r * ldc) + n];
                    double bound = Fill == Fill.Integer ? 0 : roundings * ((Ulp.Unit * size) + float.Epsilon);
                    Ulp.Near(sum, actual, bound, "product", (r * Columns) + n);
                    squaredError += (actual - sum) * (actual - sum);
                    squaredSize += size * size;
                }
            }

            if (Fill == Fill.Random)
            {
                double error = Math.Sqrt(squaredError);
                double allowed = Math.Sqrt(roundings) * Ulp.Unit * Math.Sqrt(squaredSize);
                Verify.That(error <= allowed, $"the error's RMS is {error:G3}, allowed {allowed:G3}");
            }
        }
    }
}
