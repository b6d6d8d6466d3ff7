using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// A block of rows times the four panels of one place: the 49 products, and what becomes of them. A quarter of C goes to
/// the sink with the last of its products.
/// </summary>
internal readonly unsafe ref struct StrassenPlace<TSink>(
    KernelSet kernels, StrassenRows left, StrassenPanels right, StrassenScratch scratch, in TSink sink)
    where TSink : struct, ITileSink
{
    private readonly TSink sink = sink;
    private readonly StrassenPanels b = right;
    private readonly GemmKernel gemm = kernels.GemmAhead(right.Width);
    private readonly int tile = kernels.TileRows * right.Width;

    /// <summary>All of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run()
    {
        StrassenQuarter both = new(scratch.Right, scratch.Right + (2 * b.BlockFloats), b.BlockFloats);
        StrassenQuarter sum = new(scratch.Right + (4 * b.BlockFloats), scratch.Right + (6 * b.BlockFloats), b.BlockFloats);
        Add(b.B11, b.B22, both);
        Product(0, both, scratch.P0);
        Product(1, b.D21, scratch.C21);
        Product(2, b.B22, scratch.C12);
        Add(both, b.D21, sum);
        Product(3, sum, null);
        Product(4, b.B11, scratch.P4);
        Product(5, b.D12, null);
        Add(both, b.D12, sum);
        Product(6, sum, null);
    }

    /// <summary>One product of the outer level, tile by tile, and what can be finished with it.</summary>
    /// <param name="destination">Where it is kept; null where it is used up at once.</param>
    private void Product(int outer, StrassenQuarter operand, float* destination)
    {
        StrassenRight inner = new(operand, scratch.Right + (8 * b.BlockFloats), b.BlockFloats);
        kernels.StrassenRight(
            operand.B11, operand.D12, operand.D21, operand.B22, inner.Sum, inner.Lower, inner.Upper, b.BlockFloats);
        float* a = left.Operand(outer);
        int four = 4 * tile;
        nint at = 0;
        for (int row = 0; row < left.Rows; row += kernels.TileRows)
        {
            float* tiles = destination == null ? scratch.Tiles : destination + at;
            Tiles(a + (row * left.Stride), inner, tiles);
            float* c12 = scratch.C12 + at;
            float* c21 = scratch.C21 + at;
            switch (outer)
            {
                case 3:
                    kernels.StrassenFirst(scratch.P0 + at, c21, c12, scratch.Tiles + four, four);
                    kernels.AddRows(scratch.Tiles + four, 0, tiles, 0, tiles, 0, 1, four);
                    Finish(tiles, 0, row);
                    break;
                case 5:
                    kernels.StrassenRest(scratch.P0 + at, scratch.P4 + at, tiles, c12, c21, scratch.P0 + at, four);
                    Finish(c12, 1, row);
                    Finish(c21, 2, row);
                    break;
                case 6:
                    kernels.AddRows(scratch.P0 + at, 0, tiles, 0, tiles, 0, 1, four);
                    Finish(tiles, 3, row);
                    break;
                default:
                    break;
            }

            at += four;
        }
    }

    /// <summary>The inner level: the four tiles of one place and row, [2, 2] tiles.</summary>
    private void Tiles(float* a, in StrassenRight right, float* c)
    {
        float* c12 = c + tile;
        float* c21 = c12 + tile;
        float* c22 = c21 + tile;
        float* p0 = scratch.Tiles + (4 * tile);
        float* p4 = p0 + tile;
        float* p5 = p4 + tile;
        nint next = left.BlockFloats;
        Chain(a, right.Sum, null, p0);
        Chain(a + next, right.D21, null, c21);
        Chain(a + (2 * next), right.B22, null, c12);
        kernels.StrassenFirst(p0, c21, c12, c, tile);
        Chain(a + (3 * next), right.Lower, c, c);
        Chain(a + (4 * next), right.B11, null, p4);
        Chain(a + (5 * next), right.D12, null, p5);
        kernels.StrassenRest(p0, p4, p5, c12, c21, c22, tile);
        Chain(a + (6 * next), right.Upper, c22, c22);
    }

    private void Add(StrassenQuarter x, StrassenQuarter y, StrassenQuarter to)
    {
        kernels.AddRows(x.Left, 0, y.Left, 0, to.Left, 0, 1, 2 * b.BlockFloats);
        kernels.AddRows(x.Right, 0, y.Right, 0, to.Right, 0, 1, 2 * b.BlockFloats);
    }

    private void Chain(float* a, float* right, float* init, float* c) => MatrixProduct.Chains(
        gemm, a, left.Stride, right, b.Width, b.Depth, StrassenProduct.LongestChain, init, c);

    /// <summary>Takes four finished tiles to the sink.</summary>
    /// <param name="quarter">The quarter of C they belong to: 2 * row + column.</param>
    private void Finish(float* tiles, int quarter, int row)
    {
        for (int i = 0; i < 4; i++)
        {
            int first = row + (StrassenProduct.QuarterRows * ((2 * (quarter / 2)) + (i / 2)));
            int rows = Math.Min(Math.Min(kernels.TileRows, StrassenProduct.QuarterRows - row), left.BlockRows - first);
            if (rows > 0)
            {
                int column = b.Column + (b.Step * ((2 * (quarter % 2)) + (i % 2)));
                sink.Store(tiles + (i * tile), b.Width, first, rows, column, b.Width);
            }
        }
    }
}

/// <summary>The seven right operands of the inner level: the kept ones, and three that are made in scratch.</summary>
internal readonly unsafe struct StrassenRight(StrassenQuarter kept, float* made, int blockFloats)
{
    public float* Sum { get; } = made;

    public float* D21 { get; } = kept.D21;

    public float* B22 { get; } = kept.B22;

    public float* Lower { get; } = made + blockFloats;

    public float* B11 { get; } = kept.B11;

    public float* D12 { get; } = kept.D12;

    public float* Upper { get; } = made + (2 * blockFloats);
}
