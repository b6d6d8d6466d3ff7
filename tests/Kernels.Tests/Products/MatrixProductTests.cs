using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>Products of a block of rows with packed weights, at every level.</summary>
public sealed class MatrixProductTests
{
    public static TheoryData<IsaLevel> AvailableLevels => [.. Levels.Available];

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    [Trait("Lane", "quick")]
    public void Products_of_whole_numbers_are_exact_for_all_small_sizes(IsaLevel level) =>
        ExactProducts(level, [.. Enumerable.Range(0, LongRun.Asked ? 81 : 35)]);

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Products_of_whole_numbers_are_exact_for_sizes_around_whole_tiles(IsaLevel level) =>
        ExactProducts(level, [47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129]);

    [Theory]
    [InlineData(9, 768, 800)]
    [InlineData(5, 1024, 48)]
    [InlineData(5, 1025, 80)]
    [InlineData(17, 2304, 160)]
    [InlineData(3, 4096, 33)]
    public void Products_are_within_their_error_bound_and_the_same_at_every_level(int rows, int depth, int columns)
    {
        Random random = new(rows);
        float[] a = Values.Matrix(random, Fill.Random, rows, depth, depth + 8);
        float[] weight = Values.Vector(random, Fill.Random, columns * depth);
        float[] expected = Multiply(IsaLevel.Scalar, a, depth + 8, rows, weight, depth, columns);
        for (int i = 0; i < rows * columns; i++)
        {
            double sum = 0;
            double size = 0;
            for (int k = 0; k < depth; k++)
            {
                double product = (double)a[(i / columns * (depth + 8)) + k] * weight[(i % columns * depth) + k];
                sum += product;
                size += Math.Abs(product);
            }

            Ulp.Near(sum, expected[i], depth * Ulp.Unit * size, "product", i);
        }

        foreach (IsaLevel level in Levels.Available)
        {
            Assert.Equal(expected, Multiply(level, a, depth + 8, rows, weight, depth, columns));
        }
    }

    private static float[] Multiply(
        IsaLevel level, float[] a, int lda, int rows, float[] weight, int depth, int columns)
    {
        KernelSet kernels = KernelTable.For(level);
        using PackedMatrix packed = Packed.All(kernels, weight, depth, columns);
        using GuardedBuffer left = Packed.Rows(kernels, a, lda, rows, depth);
        return TileCollector.Product(kernels, left, lda, rows, packed);
    }

    /// <summary>
    /// All products of rows, depths and columns in sizes. Smaller products are corners of larger ones of the same
    /// depth, so one product by plain loops serves them all.
    /// </summary>
    private static void ExactProducts(IsaLevel level, int[] sizes)
    {
        KernelSet kernels = KernelTable.For(level);
        Random random = new(1);
        int most = sizes.Max();
        foreach (int depth in sizes.Where(size => size > 0))
        {
            float[] a = Values.Vector(random, Fill.Integer, most * depth);
            float[] weight = Values.Vector(random, Fill.Integer, most * depth);
            float[] expected = ExactProduct(a, weight, most, depth);
            GuardedBuffer[] blocks = [.. sizes.Select(rows => Packed.Rows(kernels, a, depth, rows, depth))];
            foreach (int columns in sizes)
            {
                using PackedMatrix packed = Packed.All(kernels, weight, depth, columns);
                for (int i = 0; i < sizes.Length; i++)
                {
                    RunningCase.Note($"product {sizes[i]}x{depth}x{columns}, {level}");
                    float[] actual = TileCollector.Product(kernels, blocks[i], depth, sizes[i], packed);
                    for (int r = 0; r < sizes[i]; r++)
                    {
                        Span<float> row = actual.AsSpan(r * columns, columns);
                        Assert.True(
                            row.SequenceEqual(expected.AsSpan(r * most, columns)),
                            $"row {r} of {sizes[i]}x{depth}x{columns} at {level}");
                    }
                }
            }

            Array.ForEach(blocks, block => block.Dispose());
        }
    }

    private static float[] ExactProduct(float[] a, float[] weight, int size, int depth)
    {
        float[] product = new float[size * size];
        for (int i = 0; i < product.Length; i++)
        {
            int sum = 0;
            for (int k = 0; k < depth; k++)
            {
                sum += (int)a[(i / size * depth) + k] * (int)weight[(i % size * depth) + k];
            }

            product[i] = sum;
        }

        return product;
    }
}
