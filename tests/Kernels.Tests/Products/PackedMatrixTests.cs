using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>How weights become the right-hand sides of products.</summary>
public sealed class PackedMatrixTests
{
    public static TheoryData<IsaLevel> AvailableLevels => [.. Levels.Available];

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Panels_cover_the_padded_columns_side_by_side(IsaLevel level)
    {
        KernelSet kernels = KernelTable.For(level);
        for (int columns = 0; columns < 300; columns++)
        {
            using PackedMatrix matrix = new(3, columns, kernels.MaxPanelWidth);
            int next = 0;
            foreach (Panel panel in matrix.Panels)
            {
                Assert.Equal(next, panel.Column);
                Assert.Equal(0, panel.Width % 16);
                Assert.InRange(panel.Width, 16, kernels.MaxPanelWidth);
                next += panel.Width;
            }

            Assert.Equal((columns + 15) / 16 * 16, next);
            Assert.Equal(next, matrix.PaddedColumns);
            Assert.Equal(next * 3 * sizeof(float), matrix.Bytes);
        }
    }

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void Maps_take_columns_and_rows_from_anywhere_and_minus_one_gives_zeros(IsaLevel level)
    {
        KernelSet kernels = KernelTable.For(level);
        const int Outputs = 70;
        const int Inputs = 40;
        const int Depth = 50;
        Random random = new(21);
        float[] weight = Values.Vector(random, Fill.Integer, Outputs * Inputs);
        int[] columnOf = [.. Enumerable.Range(0, 100).Select(_ => random.Next(-1, Outputs))];
        int[] rowOf = [.. Enumerable.Range(0, Depth).Select(_ => random.Next(-1, Inputs))];
        float[] a = Values.Vector(random, Fill.Integer, 9 * Depth);

        using PackedMatrix packed = Packed.Mapped(kernels, weight, Inputs, columnOf, Depth, rowOf);
        using GuardedBuffer rows = Packed.Rows(kernels, a, Depth, 9, Depth);
        float[] actual = TileCollector.Product(kernels, rows, Depth, 9, packed);

        Assert.Contains(-1, columnOf);
        Assert.Contains(-1, rowOf);
        for (int i = 0; i < actual.Length; i++)
        {
            int column = columnOf[i % columnOf.Length];
            float expected = 0;
            for (int k = 0; k < Depth; k++)
            {
                bool zero = column < 0 || rowOf[k] < 0;
                float value = zero ? 0 : weight[(column * Inputs) + rowOf[k]];
                expected += a[(i / columnOf.Length * Depth) + k] * value;
            }

            Assert.Equal(expected, actual[i]);
        }
    }

    [Theory]
    [MemberData(nameof(AvailableLevels))]
    public void A_panel_holds_its_rows_one_after_the_other(IsaLevel level)
    {
        KernelSet kernels = KernelTable.For(level);
        const int Outputs = 150;
        int[] columnOf = [.. Enumerable.Range(0, Outputs)];
        foreach (int depth in new[] { 1, 3, 4, 5, 16, 31, 32, 50 })
        {
            float[] weight = Values.Vector(new Random(depth), Fill.Random, Outputs * depth);
            using PackedMatrix packed = Packed.All(kernels, weight, depth, Outputs);
            using PackedMatrix parts = new(depth, Outputs, kernels.MaxPanelWidth);
            foreach (Panel panel in packed.Panels)
            {
                // Given only the rows that the panel needs, as a loader reads them.
                int end = Math.Min(Outputs, panel.Column + panel.Width);
                parts.Pack(panel, weight.AsSpan()[(panel.Column * depth)..(end * depth)], depth, columnOf, [], panel.Column);
                for (int i = 0; i < depth * panel.Width; i++)
                {
                    (int k, int column) = (i / panel.Width, panel.Column + (i % panel.Width));
                    float expected = column < Outputs ? weight[(column * depth) + k] : 0;
                    Assert.Equal(expected, ValueAt(packed, panel, i));
                    Assert.Equal(expected, ValueAt(parts, panel, i));
                }
            }
        }

        static unsafe float ValueAt(PackedMatrix matrix, Panel panel, int i) => matrix.At(panel)[i];
    }

    [Fact]
    public void A_source_that_is_too_short_is_refused()
    {
        KernelSet kernels = KernelTable.For(Isa.Found);
        using PackedMatrix packed = new(8, 16, kernels.MaxPanelWidth);
        int[] columnOf = [.. Enumerable.Range(0, 16)];

        Assert.Throws<ArgumentOutOfRangeException>(
            () => packed.Pack(packed.Panels[0], new float[(16 * 8) - 1], 8, columnOf, []));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => packed.Pack(packed.Panels[0], new float[16 * 8], 8, columnOf, [], firstSourceRow: 1));
    }

    [Fact]
    public void Packing_again_leaves_nothing_of_what_was_there()
    {
        KernelSet kernels = KernelTable.For(Isa.Found);
        float[] weight = Values.Vector(new Random(22), Fill.Integer, 40 * 8);
        using PackedMatrix packed = Packed.Mapped(kernels, weight, 8, [.. Enumerable.Range(0, 40)], 8, []);
        foreach (Panel panel in packed.Panels)
        {
            packed.Pack(panel, weight, 8, [.. Enumerable.Repeat(-1, 40)], []);
        }

        using GuardedBuffer rows = Packed.Rows(kernels, weight, 8, 5, 8);
        Assert.All(TileCollector.Product(kernels, rows, 8, 5, packed), value => Assert.Equal(0f, value));
    }
}
