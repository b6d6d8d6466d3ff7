using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// A block of rows times the four panels of one place: the 49 products, and what becomes of them. A quarter of C goes to
/// the sink with the last of its products.
/// </summary>
/// <param name="next">The place that comes after it: its panels are fetched meanwhile.</param>
internal readonly unsafe ref struct StrassenPlace<TSink>(
    KernelSet kernels, StrassenRows left, StrassenPanels right, StrassenPanels next, StrassenScratch scratch, in TSink sink)
    where TSink : struct, ITileSink
{
    private readonly TSink sink = sink;
    private readonly StrassenPanels b = right;
    private readonly GemmKernel gemm = kernels.Gemm(right.Width);
    private readonly int tile = kernels.TileRows * right.Width;

    /// <summary>All of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run()
    {
        StrassenQuarter both = new(scratch.Right, scratch.Right + (2 * b.BlockFloats), b.BlockFloats);
        StrassenQuarter sum = new(scratch.Right + (4 * b.BlockFloats), scratch.Right + (6 * b.BlockFloats), b.BlockFloats);
        Product(0, Inner(both, b.B11, b.B22), scratch.P0);
        Product(1, Inner(b.D21), scratch.C21);
        Product(2, Inner(b.B22), scratch.C12);
        Product(3, Inner(sum, both, b.D21), null);
        Product(4, Inner(b.B11), scratch.P4);
        Product(5, Inner(b.D12), null);
        Product(6, Inner(sum, both, b.D12), null);
    }

    /// <summary>The inner level's right operands, of an operand of the outer level that is the sum of two, or is there.</summary>
    private StrassenRight Inner(StrassenQuarter operand, StrassenQuarter x = default, StrassenQuarter y = default) =>
        new(operand, x, y, scratch.Right + (8 * b.BlockFloats), b.BlockFloats);

    /// <summary>One product of the outer level, tile by tile, and what can be finished with it.</summary>
    /// <param name="destination">Where it is kept; null where it is used up at once.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Product(int outer, in StrassenRight right, float* destination)
    {
        float* a = left.Operand(outer);
        int four = 4 * tile;
        nint at = 0;
        for (int row = 0; row < left.Rows; row += kernels.TileRows)
        {
            float* tiles = destination == null ? scratch.Tiles : destination + at;
            FetchAhead fetch = Soon(outer, row / kernels.TileRows);
            foreach (int quarter in Finished(outer))
            {
                Fetch(quarter, row);
            }

            Tiles(a + (row * left.Stride), right, isFirst: row == 0, tiles, ref fetch);
            float* c12 = scratch.C12 + at;
            float* c21 = scratch.C21 + at;
            switch (outer)
            {
                case 3:
                    kernels.StrassenFirst(scratch.P0 + at, c21, c12, scratch.Tiles + four, four);
                    kernels.AddRows(scratch.Tiles + four, 0, tiles, 0, tiles, 0, 1, four);
                    break;
                case 5:
                    kernels.StrassenRest(scratch.P0 + at, scratch.P4 + at, tiles, c12, c21, scratch.P0 + at, four);
                    break;
                case 6:
                    kernels.AddRows(scratch.P0 + at, 0, tiles, 0, tiles, 0, 1, four);
                    break;
                default:
                    break;
            }

            foreach (int quarter in Finished(outer))
            {
                Finish(quarter == 1 ? c12 : quarter == 2 ? c21 : tiles, quarter, row);
            }

            at += four;
        }
    }

    /// <summary>The quarters of C that are finished with a product of the outer level: 2 * row + column.</summary>
    private static ReadOnlySpan<int> Finished(int outer) => outer switch
    {
        3 => [0],
        5 => [1, 2],
        6 => [3],
        _ => [],
    };

    /// <summary>
    /// What is fetched while a product of the outer level goes through a row of tiles: one of the blocks that a later
    /// product is the first to read.
    /// </summary>
    private FetchAhead Soon(int outer, int rowOfTiles)
    {
        StrassenQuarter quarter;
        switch (outer)
        {
            case 0 when rowOfTiles < 4:
                quarter = b.D21;
                break;
            case 4 when rowOfTiles < 4:
                quarter = b.D12;
                break;
            case 6 when rowOfTiles < 8:
                quarter = rowOfTiles < 4 ? next.B11 : next.B22;
                break;
            default:
                return default;
        }

        return new FetchAhead(quarter.Block(rowOfTiles % 4), b.BlockFloats, StrassenOperands.Seven * b.Depth);
    }

    /// <summary>
    /// The inner level: the four tiles of one place and row, [2, 2] tiles. The first tile makes the right operands that are
    /// sums, while it multiplies by them: first those that others are made of.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tiles(float* a, in StrassenRight right, bool isFirst, float* c, ref FetchAhead fetch)
    {
        float* c12 = c + tile;
        float* c21 = c12 + tile;
        float* c22 = c21 + tile;
        float* p0 = scratch.Tiles + (4 * tile);
        float* p4 = p0 + tile;
        float* p5 = p4 + tile;
        nint one = left.BlockFloats;
        Multiply(a + one, right.D21, isFirst, null, c21, ref fetch);
        Multiply(a + (2 * one), right.B22, isFirst, null, c12, ref fetch);
        Multiply(a + (4 * one), right.B11, isFirst, null, p4, ref fetch);
        Multiply(a + (5 * one), right.D12, isFirst, null, p5, ref fetch);
        Multiply(a, right.Sum, isFirst, null, p0, ref fetch);
        kernels.StrassenFirst(p0, c21, c12, c, tile);
        Multiply(a + (3 * one), right.Lower, isFirst, c, c, ref fetch);
        kernels.StrassenRest(p0, p4, p5, c12, c21, c22, tile);
        Multiply(a + (6 * one), right.Upper, isFirst, c22, c22, ref fetch);
    }

    /// <summary>
    /// init + one product of a tile's rows. The kernels fetch the next tile's, which come from the third-level cache, so that
    /// weights are fetched between their calls.
    /// </summary>
    /// <param name="make">Whether a right operand that is a sum has to be made.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* a, in StrassenFactor factor, bool make, float* init, float* c, ref FetchAhead fetch)
    {
        bool sum = make && factor.IsSum;
        if (sum && b.Width != kernels.MaxPanelWidth)
        {
            kernels.AddRows(factor.X, 0, factor.Y, 0, factor.Value, 0, 1, b.BlockFloats);
            sum = false;
        }

        for (int k = 0; k < b.Depth; k += StrassenProduct.LongestChain)
        {
            nint at = (nint)k * b.Width;
            int depth = Math.Min(b.Depth - k, StrassenProduct.LongestChain);
            float* rows = a + k + (kernels.TileRows * left.Stride);
            fetch.Next(depth);
            if (sum)
            {
                kernels.GemmSum(
                    a + k, left.Stride, factor.X + at, factor.Y + at, factor.Value + at, b.Width, depth, init, b.Width, c,
                    b.Width, rows, FetchAhead.Line);
            }
            else
            {
                gemm(a + k, left.Stride, factor.Value + at, b.Width, depth, init, b.Width, c, b.Width, rows, FetchAhead.Line);
            }

            init = c;
        }
    }

    /// <summary>Takes four finished tiles to the sink.</summary>
    /// <param name="quarter">The quarter of C they belong to.</param>
    private void Finish(float* tiles, int quarter, int row)
    {
        for (int i = 0; i < 4; i++)
        {
            (int first, int rows, int column) = Place(quarter, i, row);
            if (rows > 0)
            {
                sink.Store(tiles + (i * tile), b.Width, first, rows, column, b.Width);
            }
        }
    }

    /// <summary>Fetches what <see cref="Finish"/> will write to.</summary>
    private void Fetch(int quarter, int row)
    {
        for (int i = 0; i < 4; i++)
        {
            (int first, int rows, int column) = Place(quarter, i, row);
            if (rows > 0)
            {
                sink.Fetch(first, rows, column, b.Width);
            }
        }
    }

    /// <summary>Where a tile of a quarter lies in C, and how many of its rows there are.</summary>
    private (int First, int Rows, int Column) Place(int quarter, int i, int row)
    {
        (int first, int rows) = left.Piece.Part((2 * (quarter / 2)) + (i / 2));
        first += row;
        rows = Math.Min(kernels.TileRows, rows - row);
        return (first, rows, b.Column + (b.Step * ((2 * (quarter % 2)) + (i % 2))));
    }
}

/// <summary>The seven right operands of the inner level; those that are sums lie in scratch.</summary>
internal readonly unsafe struct StrassenRight(
    StrassenQuarter operand, StrassenQuarter x, StrassenQuarter y, float* made, int blockFloats)
{
    public StrassenFactor Sum { get; } = new(made, operand.B11, operand.B22);

    public StrassenFactor D21 { get; } = new(operand.D21, x.D21, y.D21);

    public StrassenFactor B22 { get; } = new(operand.B22, x.B22, y.B22);

    public StrassenFactor Lower { get; } = new(made + blockFloats, made, operand.D21);

    public StrassenFactor B11 { get; } = new(operand.B11, x.B11, y.B11);

    public StrassenFactor D12 { get; } = new(operand.D12, x.D12, y.D12);

    public StrassenFactor Upper { get; } = new(made + (2 * blockFloats), made, operand.D12);
}

/// <summary>A right operand: a block that is there, or X + Y, which the first tile puts there.</summary>
internal readonly unsafe struct StrassenFactor(float* value, float* x, float* y)
{
    public float* Value { get; } = value;

    public float* X { get; } = x;

    public float* Y { get; } = y;

    public bool IsSum => X != null;
}
