namespace SamNative.Kernels;

/// <summary>
/// Rows of a matrix that are multiplied together: a strip of each part of a block. A plain product's block has one part, all
/// of it; that of a <see cref="StrassenProduct"/> has four, of which the same rows belong together.
/// </summary>
/// <param name="First">The block's first row.</param>
/// <param name="BlockRows">Rows of the block that there are.</param>
/// <param name="Strip">The first row of a part that belongs to the piece.</param>
/// <param name="StripRows">How many do, the last ones perhaps past the block.</param>
/// <param name="PartRows">Rows from one part to the next.</param>
internal readonly record struct RowPiece(int First, int BlockRows, int Strip, int StripRows, int PartRows)
{
    /// <summary>Rows that are a block and a piece by themselves.</summary>
    public static RowPiece Plain(int first, int rows) => new(first, rows, 0, rows, rows);

    /// <summary>The whole of a block for <see cref="StrassenProduct"/>.</summary>
    public static RowPiece Whole(int first, int rows) => new(
        first, rows, 0, Math.Min(rows, StrassenProduct.QuarterRows), StrassenProduct.QuarterRows);

    /// <summary>The strip of a part: its first row within the block, and its rows, none or less where the block has ended.</summary>
    public (int Row, int Rows) Part(int part)
    {
        int row = Strip + (part * PartRows);
        return (row, Math.Min(StripRows, BlockRows - row));
    }

    /// <summary>How many parts a block has.</summary>
    public int Parts => PartRows == StrassenProduct.QuarterRows ? 4 : 1;
}
