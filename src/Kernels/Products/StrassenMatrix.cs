namespace SamNative.Kernels;

/// <summary>
/// The right-hand side of a <see cref="StrassenProduct"/>: a packed matrix cut into units of at most 768 columns and
/// depthUnit rows, each of 4 x 4 blocks. Of the seven right operands of a level four are kept, in the matrix itself: B11,
/// B22, and the differences B12 - B22 and B21 - B11 in the places of B12 and B21, on both levels. The three others are
/// made when they are needed: keeping them would take twice the weights' memory again.
/// </summary>
internal sealed unsafe class StrassenMatrix
{
    /// <summary>Fewer rows or columns of B gain less than the sums cost.</summary>
    private const int LeastSide = 768;

    private readonly PackedMatrix matrix;
    private readonly Panel[][] quarters;

    private StrassenMatrix(PackedMatrix packed, int depthUnit)
    {
        matrix = packed;
        DepthUnit = Math.Min(depthUnit, packed.Rows);
        DepthUnits = (packed.Rows + DepthUnit - 1) / DepthUnit;
        quarters = new Panel[4][];
        for (int quarter = 0; quarter < 4; quarter++)
        {
            int which = quarter;
            quarters[quarter] = [.. packed.Panels.Where(panel => panel.Column % PackedMatrix.Chunk / (Width(panel) / 4) == which)];
        }
    }

    /// <summary>How many places there are along the columns: panels of the first quarters of all units.</summary>
    public int Places => quarters[0].Length;

    /// <summary>Rows of a unit; the last one may have fewer.</summary>
    public int DepthUnit { get; }

    public int DepthUnits { get; }

    /// <summary>Rows of B, the depth of the product.</summary>
    public int Rows => matrix.Rows;

    /// <summary>Makes one of a filled matrix, which from then on is no longer the plain one.</summary>
    /// <param name="depthUnit">Rows of B that are multiplied at a time.</param>
    public static StrassenMatrix Of(KernelSet kernels, PackedMatrix packed, int depthUnit)
    {
        StrassenMatrix result = new(packed, depthUnit);
        for (int i = 0; i < result.Places * result.DepthUnits; i++)
        {
            result.At(i / result.DepthUnits, i % result.DepthUnits).KeepDifferences(kernels);
        }

        return result;
    }

    /// <summary>Whether a matrix of this shape falls into whole blocks and gains anything.</summary>
    public static bool Fits(int rows, int columns, int depthUnit) =>
        LargeEnough(rows, columns) && Blocks(columns, PackedMatrix.Chunk) && Blocks(rows, depthUnit);

    /// <summary>Whether a matrix of this shape has work enough to gain.</summary>
    public static bool LargeEnough(int rows, int columns) => rows >= LeastSide && columns >= LeastSide;

    /// <summary>The blocks of one place of a unit.</summary>
    /// <param name="unit">Counts units along the depth.</param>
    public StrassenPanels At(int place, int unit)
    {
        int start = unit * DepthUnit;
        Panel panel = quarters[0][place];
        int depth = Math.Min(DepthUnit, matrix.Rows - start) / 4;
        return new StrassenPanels(
            Half(0, place, start, depth), Half(2, place, start, depth), panel.Column, Width(panel) / 4, panel.Width, depth);
    }

    /// <summary>The upper half of two neighbouring panels: an operand of the outer level.</summary>
    private StrassenQuarter Half(int quarter, int place, int start, int depth)
    {
        Panel left = quarters[quarter][place];
        nint offset = (nint)start * left.Width;
        return new StrassenQuarter(
            matrix.At(left) + offset, matrix.At(quarters[quarter + 1][place]) + offset, depth * left.Width);
    }

    /// <summary>The columns of the unit that a panel belongs to.</summary>
    private int Width(Panel panel) =>
        Math.Min(PackedMatrix.Chunk, matrix.PaddedColumns - (panel.Column / PackedMatrix.Chunk * PackedMatrix.Chunk));

    /// <summary>Whether every unit along a side has four blocks of whole lanes.</summary>
    private static bool Blocks(int side, int unit)
    {
        const int Four = 4 * Lane.Count;
        int whole = Math.Min(side, unit);
        return whole % Four == 0 && side % whole % Four == 0;
    }
}

/// <summary>The blocks of B at one place: four panels, one in each quarter of the columns, four blocks deep.</summary>
/// <param name="b11">B11 of the outer level, above B21's place in the same panels.</param>
/// <param name="d12">The place of B12, above B22.</param>
internal readonly unsafe struct StrassenPanels(
    StrassenQuarter b11, StrassenQuarter d12, int column, int step, int width, int depth)
{
    /// <summary>The first column of the first panel.</summary>
    public int Column { get; } = column;

    /// <summary>Columns from one panel to the next.</summary>
    public int Step { get; } = step;

    /// <summary>Columns of a panel.</summary>
    public int Width { get; } = width;

    /// <summary>Rows of a block.</summary>
    public int Depth { get; } = depth;

    /// <summary>Floats of a block.</summary>
    public int BlockFloats => Width * Depth;

    /// <summary>B11 of the outer level.</summary>
    public StrassenQuarter B11 { get; } = b11;

    /// <summary>B12 - B22, in the place of B12.</summary>
    public StrassenQuarter D12 { get; } = d12;

    /// <summary>B21 - B11, in the place of B21.</summary>
    public StrassenQuarter D21 => B11.Below();

    /// <summary>B22.</summary>
    public StrassenQuarter B22 => D12.Below();

    /// <summary>Puts the differences in the places of B12 and B21, on both levels.</summary>
    public void KeepDifferences(KernelSet kernels)
    {
        int block = BlockFloats;
        Subtract(kernels, D12.Left, B22.Left, 2 * block);
        Subtract(kernels, D12.Right, B22.Right, 2 * block);
        Subtract(kernels, D21.Left, B11.Left, 2 * block);
        Subtract(kernels, D21.Right, B11.Right, 2 * block);
        foreach (StrassenQuarter quarter in (ReadOnlySpan<StrassenQuarter>)[B11, D12, D21, B22])
        {
            Subtract(kernels, quarter.D12, quarter.B22, block);
            Subtract(kernels, quarter.D21, quarter.B11, block);
        }
    }

    private static void Subtract(KernelSet kernels, float* from, float* what, int floats) =>
        kernels.SubtractRows(from, 0, what, 0, from, 0, 1, floats);
}

/// <summary>
/// A right operand of the outer level, itself in quarters: b11 over b21 - b11 on the left, b12 - b22 over b22 on the right.
/// </summary>
internal readonly unsafe struct StrassenQuarter(float* left, float* right, int blockFloats)
{
    public float* Left { get; } = left;

    public float* Right { get; } = right;

    public float* B11 => Left;

    public float* D21 => Left + blockFloats;

    public float* D12 => Right;

    public float* B22 => Right + blockFloats;

    /// <summary>One of the four blocks: down the left, then down the right.</summary>
    public float* Block(int i) => (i < 2 ? Left : Right) + (i % 2 * blockFloats);

    /// <summary>The operand two blocks further down.</summary>
    public StrassenQuarter Below() => new(Left + (2 * blockFloats), Right + (2 * blockFloats), blockFloats);
}
