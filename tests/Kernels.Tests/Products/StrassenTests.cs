using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Products by Strassen's algorithm: exact on whole numbers, and the same bits at every level.</summary>
public sealed unsafe class StrassenTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 256, 768, 768 },
        { 1, 768, 832 },
        { 63, 832, 768 },
        { 130, 768, 1024 },
        { 255, 1024, 768 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_of_whole_numbers_are_exact_at_every_level(int rows, int depth, int columns)
    {
        Random random = new(rows);
        float[] a = Values.Vector(random, Fill.Integer, rows * depth);
        float[] weight = Values.Vector(random, Fill.Integer, columns * depth);
        float[] expected = new float[rows * columns];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = (float)Dot(a.AsSpan(i / columns * depth, depth), weight.AsSpan(i % columns * depth, depth));
        }

        foreach (IsaLevel level in Levels.Available)
        {
            Assert.True(expected.AsSpan().SequenceEqual(Multiply(level, a, rows, weight, depth, columns)), $"{level}");
        }
    }

    [Fact]
    public void Products_are_near_and_the_same_at_every_level()
    {
        const int Rows = 200;
        const int Depth = 768;
        const int Columns = 768;
        Random random = new(7);
        float[] a = Values.Vector(random, Fill.Random, Rows * Depth);
        float[] weight = Values.Vector(random, Fill.Random, Columns * Depth);
        float[] expected = Multiply(IsaLevel.Scalar, a, Rows, weight, Depth, Columns);
        double squares = 0;
        double errors = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double sum = Dot(a.AsSpan(i / Columns * Depth, Depth), weight.AsSpan(i % Columns * Depth, Depth));
            squares += sum * sum;
            errors += (sum - expected[i]) * (sum - expected[i]);
        }

        // Measured: 6.6e-7. Plain chains of 192 give 2.5e-7, two levels of Winograd's form with them 1.8e-6.
        Assert.InRange(Math.Sqrt(errors / squares), 1e-8, 8e-7);
        foreach (IsaLevel level in Levels.Available)
        {
            Assert.True(expected.AsSpan().SequenceEqual(Multiply(level, a, Rows, weight, Depth, Columns)), $"{level}");
        }
    }

    [Theory]
    [InlineData(70, 768, 768, 768)]
    [InlineData(256, 768, 1536, 768)]
    [InlineData(9, 832, 1024, 832)]
    public void Layers_are_near_and_the_same_at_every_level(int rows, int inputs, int hidden, int outputs)
    {
        Random random = new(hidden);
        float[] a = Values.Vector(random, Fill.Random, rows * inputs);
        float[] first = Values.Vector(random, Fill.Random, hidden * inputs);
        float[] bias = Values.Vector(random, Fill.Random, hidden);
        float[] second = Values.Vector(random, Fill.Random, outputs * hidden);
        float[] expected = Mlp(IsaLevel.Scalar, a, rows, inputs, first, bias, hidden, second, outputs);
        double[] middle = new double[hidden];
        for (int r = 0; r < rows; r += 13)
        {
            for (int h = 0; h < hidden; h++)
            {
                double x = Dot(a.AsSpan(r * inputs, inputs), first.AsSpan(h * inputs, inputs)) + bias[h];
                middle[h] = Math.Max(x, 0);
            }

            for (int n = 0; n < outputs; n++)
            {
                double sum = 0;
                double size = 0;
                for (int h = 0; h < hidden; h++)
                {
                    sum += middle[h] * second[(n * hidden) + h];
                    size += Math.Abs(middle[h] * second[(n * hidden) + h]);
                }

                Ulp.Near(sum, expected[(r * outputs) + n], 100 * Ulp.Unit * size, "mlp", (r * outputs) + n);
            }
        }

        foreach (IsaLevel level in Levels.Available)
        {
            float[] actual = Mlp(level, a, rows, inputs, first, bias, hidden, second, outputs);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{level}");
        }
    }

    /// <summary>However a block is cut into strips, tile by tile or in any other way, every result has the same bits.</summary>
    [Fact]
    public void Strips_of_a_block_give_the_bits_of_the_whole()
    {
        foreach (IsaLevel level in Levels.Available)
        {
            foreach (int rows in (int[])[256, 201, 40])
            {
                Random random = new(rows);
                float[] a = Values.Vector(random, Fill.Random, rows * 768);
                float[] weight = Values.Vector(random, Fill.Random, 768 * 768);
                float[] whole = Multiply(level, a, rows, weight, 768, 768);
                foreach (int[] tiles in (int[][])[[11], [6, 5], [5, 3, 3], [1, 2, 3, 5], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
                {
                    Assert.True(whole.AsSpan().SequenceEqual(Multiply(level, a, rows, weight, 768, 768, tiles)), $"{level}");
                }
            }
        }
    }

    [Fact]
    public void Strips_of_a_block_give_the_bits_of_the_whole_mlp()
    {
        Random random = new(11);
        float[] a = Values.Vector(random, Fill.Random, 200 * 768);
        float[] bias = Values.Vector(random, Fill.Random, 1536);
        float[] first = Values.Vector(random, Fill.Random, 768 * 1536);
        float[] second = Values.Vector(random, Fill.Random, 1536 * 768);
        foreach (IsaLevel level in Levels.Available)
        {
            float[] whole = Mlp(level, a, 200, 768, first, bias, 1536, second, 768);
            foreach (int[] tiles in (int[][])[[6, 5], [5, 3, 3]])
            {
                float[] strips = Mlp(level, a, 200, 768, first, bias, 1536, second, 768, tiles);
                Assert.True(whole.AsSpan().SequenceEqual(strips), $"{level}");
            }
        }
    }

    [Theory]
    [InlineData(768, 768, int.MaxValue, true)]
    [InlineData(768, 2304, int.MaxValue, true)]
    [InlineData(1280, 5120, int.MaxValue, true)]
    [InlineData(3072, 768, 768, true)]
    [InlineData(4096, 1024, 768, true)]
    [InlineData(752, 2304, int.MaxValue, false)]
    [InlineData(768, 720, int.MaxValue, false)]
    [InlineData(784, 768, int.MaxValue, false)]
    [InlineData(768, 784, int.MaxValue, false)]
    [InlineData(3088, 768, 768, false)]
    public void Shapes_with_whole_blocks_fit(int rows, int columns, int depthUnit, bool fits) =>
        Assert.Equal(fits, StrassenMatrix.Fits(rows, columns, depthUnit));

    private static float[] Multiply(
        IsaLevel level, float[] a, int rows, float[] weight, int depth, int columns, params int[] tilesOfStrips)
    {
        KernelSet kernels = KernelTable.For(level);
        using PackedMatrix packed = Packed.All(kernels, weight, depth, columns);
        StrassenMatrix b = StrassenMatrix.Of(kernels, packed, int.MaxValue);
        using GuardedBuffer memory = Anything(StrassenScratch.Floats(kernels, depth, hidden: false));
        StrassenScratch scratch = new(kernels, depth, memory.First<float>());
        using GuardedBuffer left = Block(a, rows, depth);
        TileCollector collector = new(rows, packed, kernels);
        RunningCase.Note($"Strassen {rows}x{depth}x{columns}, {level}");
        foreach (RowPiece piece in Strips(rows, kernels.TileRows, tilesOfStrips))
        {
            StrassenProduct.Run(kernels, left.First<float>(), depth, piece, b, scratch, new TileCollector.Sink(collector));
        }

        left.Check("rows");
        memory.Check("scratch");
        return collector.Take();
    }

    private static float[] Mlp(
        IsaLevel level, float[] a, int rows, int inputs, float[] first, float[] bias, int hidden, float[] second, int outputs,
        params int[] tilesOfStrips)
    {
        KernelSet kernels = KernelTable.For(level);
        using PackedMatrix up = Packed.All(kernels, first, inputs, hidden);
        using PackedMatrix down = Packed.All(kernels, second, hidden, outputs);
        StrassenMatrix strassenUp = StrassenMatrix.Of(kernels, up, int.MaxValue);
        StrassenMatrix strassenDown = StrassenMatrix.Of(kernels, down, PackedMatrix.Chunk);
        using GuardedBuffer memory = Anything(StrassenScratch.Floats(kernels, inputs, hidden: true));
        StrassenScratch scratch = new(kernels, inputs, memory.First<float>());
        using GuardedBuffer left = Block(a, rows, inputs);
        using GuardedBuffer biases = GuardedBuffer.Of<float>(bias, GuardSide.Right);
        float[] result = new float[rows * outputs];
        fixed (float* values = result)
        {
            AddingSink sink = new(kernels, values, outputs);
            RunningCase.Note($"Strassen mlp {rows}x{inputs}x{hidden}x{outputs}, {level}");
            foreach (RowPiece piece in Strips(rows, kernels.TileRows, tilesOfStrips))
            {
                StrassenProduct.RunMlp(
                    kernels, left.First<float>(), inputs, piece, strassenUp, biases.First<float>(), kernels.BiasRelu,
                    strassenDown, scratch, sink, sink);
            }
        }

        left.Check("rows");
        memory.Check("scratch");
        biases.Check("bias");
        return result;
    }

    /// <summary>A block's strips of so many tiles, the last one, which takes all the rest, first; the whole of it where none are given.</summary>
    private static IEnumerable<RowPiece> Strips(int rows, int tileRows, int[] tiles)
    {
        RowPiece whole = RowPiece.Whole(0, rows);
        if (tiles.Length == 0)
        {
            return [whole];
        }

        List<RowPiece> strips = [];
        int row = 0;
        foreach (int count in tiles)
        {
            int strip = strips.Count + 1 == tiles.Length ? whole.StripRows - row : Math.Min(count * tileRows, whole.StripRows - row);
            strips.Add(whole with { Strip = row, StripRows = strip });
            row += strip;
        }

        return strips.Where(strip => strip.StripRows > 0).Reverse();
    }

    private static GuardedBuffer Anything(nint floats)
    {
        float[] anything = new float[floats];
        Array.Fill(anything, float.NaN);
        return GuardedBuffer.Of<float>(anything, GuardSide.Right);
    }

    /// <summary>A whole block, NaN in the rows past the last: they count as zeros.</summary>
    private static GuardedBuffer Block(float[] a, int rows, int depth)
    {
        float[] block = new float[StrassenProduct.BlockRows * depth];
        Array.Fill(block, float.NaN);
        a.AsSpan(0, rows * depth).CopyTo(block);
        return GuardedBuffer.Of<float>(block, GuardSide.Right);
    }

    private static double Dot(Span<float> left, Span<float> right)
    {
        double sum = 0;
        for (int k = 0; k < left.Length; k++)
        {
            sum += (double)left[k] * right[k];
        }

        return sum;
    }

    private readonly struct AddingSink(KernelSet kernels, float* destination, int stride) : ITileSink
    {
        public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes)
        {
            float* to = destination + ((nint)row * stride) + column;
            kernels.AddRows(to, stride, tile, ldt, to, stride, rows, lanes);
        }

        public void Fetch(int row, int rows, int column, int lanes)
        {
        }
    }
}
