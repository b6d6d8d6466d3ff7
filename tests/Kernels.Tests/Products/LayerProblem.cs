using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>activation(A * first + bias) * second.</summary>
internal sealed unsafe class LayerProblem
{
    private readonly int rows;
    private readonly int inputs;
    private readonly int hidden;
    private readonly int outputs;
    private readonly bool gelu;
    private readonly float[] a;
    private readonly float[] first;
    private readonly float[] bias;
    private readonly float[] second;

    public LayerProblem(int rows, int inputs, int hidden, int outputs, bool gelu)
    {
        (this.rows, this.inputs, this.hidden, this.outputs, this.gelu) = (rows, inputs, hidden, outputs, gelu);
        Random random = new(hidden);
        a = Values.Vector(random, Fill.Random, rows * inputs);
        first = Values.Vector(random, Fill.Random, hidden * inputs);
        bias = Values.Vector(random, Fill.Random, hidden);
        second = Values.Vector(random, Fill.Random, outputs * hidden);
    }

    public float[] Run(IsaLevel level)
    {
        KernelSet kernels = KernelTable.For(level);
        using PackedMatrix up = Packed.All(kernels, first, inputs, hidden);
        using PackedMatrix down = Packed.All(kernels, second, hidden, outputs);
        int whole = MatrixProduct.RowsInTiles(kernels, rows);
        float[] paddedBias = new float[up.PaddedColumns];
        bias.CopyTo(paddedBias, 0);
        using GuardedBuffer left = Packed.Rows(kernels, a, inputs, rows, inputs);
        using GuardedBuffer biases = GuardedBuffer.Of<float>(paddedBias, GuardSide.Right);
        using GuardedBuffer middle = Scratch(whole * MatrixProduct.HiddenStride);
        using GuardedBuffer sums = Scratch(whole * down.PaddedColumns);
        using GuardedBuffer tile = Scratch(MatrixProduct.TileFloats);
        TileCollector collector = new(rows, down, kernels);
        RunningCase.Note($"mlp {rows}x{inputs}x{hidden}x{outputs}, {level}");
        MatrixProduct.RunMlp(
            kernels, left.First<float>(), inputs, rows, up, biases.First<float>(),
            gelu ? kernels.BiasGelu : kernels.BiasRelu, down, middle.First<float>(), sums.First<float>(),
            tile.First<float>(), new TileCollector.Sink(collector));
        Assert.All((GuardedBuffer[])[left, biases, middle, sums, tile], buffer => buffer.Check("mlp"));
        return collector.Take();
    }

    /// <summary>
    /// Each product may be off by its depth in roundings of its terms' sizes; what the hidden layer is off by goes
    /// through the activation, whose slope is below 1.13, into the second product.
    /// </summary>
    public void Check(float[] actual)
    {
        double[] middle = new double[hidden];
        double[] uncertain = new double[hidden];
        for (int r = 0; r < rows; r++)
        {
            for (int h = 0; h < hidden; h++)
            {
                (double sum, double size) = Product(a.AsSpan(r * inputs, inputs), first.AsSpan(h * inputs, inputs));
                double x = sum + bias[h];
                middle[h] = gelu ? Oracle.Gelu(x) : Math.Max(x, 0);
                uncertain[h] = (1.13 * Ulp.Unit * ((inputs * size) + Math.Abs(x)))
                    + (gelu ? Oracle.GeluTolerance(middle[h]) : 0);
            }

            for (int n = 0; n < outputs; n++)
            {
                double sum = 0;
                double allowed = 0;
                for (int h = 0; h < hidden; h++)
                {
                    double weight = second[(n * hidden) + h];
                    sum += middle[h] * weight;
                    allowed += Math.Abs(weight) * ((hidden * Ulp.Unit * Math.Abs(middle[h])) + uncertain[h]);
                }

                Ulp.Near(sum, actual[(r * outputs) + n], allowed, "mlp", (r * outputs) + n);
            }
        }
    }

    private static (double Sum, double Size) Product(Span<float> left, Span<float> right)
    {
        double sum = 0;
        double size = 0;
        for (int k = 0; k < left.Length; k++)
        {
            sum += (double)left[k] * right[k];
            size += Math.Abs((double)left[k] * right[k]);
        }

        return (sum, size);
    }

    private static GuardedBuffer Scratch(int floats)
    {
        float[] values = new float[floats];
        Array.Fill(values, float.NaN);
        return GuardedBuffer.Of<float>(values, GuardSide.Right);
    }
}
