using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>
/// A sink that keeps what it is given, [rows, Columns], and checks that it is given every value once, and was told before
/// where that would be.
/// </summary>
internal sealed unsafe class TileCollector(int rows, PackedMatrix matrix, KernelSet kernels)
{
    private readonly int[] visits = new int[rows * matrix.PaddedColumns];

    private readonly HashSet<(int Row, int Rows, int Column, int Lanes)> fetched = [];

    private readonly float[] values = new float[rows * matrix.Columns];

    /// <summary>Multiplies a block of rows by a matrix.</summary>
    public static float[] Product(KernelSet kernels, GuardedBuffer rows, int lda, int count, PackedMatrix matrix)
    {
        TileCollector collector = new(count, matrix, kernels);
        using GuardedBuffer tile = GuardedBuffer.Of<float>(new float[MatrixProduct.TileFloats], GuardSide.Right);
        MatrixProduct.Run(kernels, rows.First<float>(), lda, count, matrix, tile.First<float>(), new Sink(collector));
        rows.Check("rows");
        tile.Check("tile");
        return collector.Take();
    }

    /// <summary>What was collected; fails where a value is missing.</summary>
    public float[] Take()
    {
        Assert.Equal(-1, visits.AsSpan().IndexOfAnyExcept(1));
        Assert.Empty(fetched);
        return values;
    }

    private void Store(float* tile, nint ldt, int row, int count, int column, int lanes)
    {
        Assert.True(fetched.Remove((row, count, column, lanes)), $"row {row}, column {column} was not fetched");
        Assert.InRange(count, 1, kernels.TileRows);
        Assert.InRange(row, 0, rows - count);
        Assert.Equal(0, lanes % Lane.Count);
        for (int r = 0; r < count; r++)
        {
            for (int n = 0; n < lanes; n++)
            {
                visits[((row + r) * matrix.PaddedColumns) + column + n]++;
                if (column + n < matrix.Columns)
                {
                    values[((row + r) * matrix.Columns) + column + n] = tile[(r * ldt) + n];
                }
                else
                {
                    Ulp.Same(0f, tile[(r * ldt) + n], "column past the matrix's own", column + n);
                }
            }
        }

        // The tile is the sink's to write to.
        for (int r = 0; r < count; r++)
        {
            new Span<float>(tile + (r * ldt), lanes).Fill(float.NaN);
        }
    }

    /// <summary>The collector as the struct that the product is compiled for.</summary>
    internal readonly struct Sink(TileCollector collector) : ITileSink
    {
        public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes) =>
            collector.Store(tile, ldt, row, rows, column, lanes);

        public void Fetch(int row, int rows, int column, int lanes) => Assert.True(collector.fetched.Add((row, rows, column, lanes)));
    }
}
