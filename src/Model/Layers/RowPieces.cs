using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// How all rows of a matrix are cut into the pieces that workers take, as equal for each worker as they go. No piece is ever
/// empty. How they are cut changes no bit of a product: rows do not meet, and a strip of a block for Strassen's algorithm
/// has the same operands as the whole of it.
/// </summary>
internal sealed class RowPieces
{
    private readonly RowPiece[] pieces;

    private RowPieces(RowPiece[] cut) => pieces = cut;

    public int Count => pieces.Length;

    public RowPiece this[int index] => pieces[index];

    /// <summary>Cuts rows for products with layers of a form.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="tileRows">Rows of the kernels' tile.</param>
    public static RowPieces Cut(int rows, LinearForm form, int tileRows, int workers) => new(
        form == LinearForm.Strassen ? Strips(rows, tileRows, workers) : Plain(rows, tileRows, workers));

    /// <summary>
    /// Whole tiles, as equal as they go, and as many for each worker, so that all end at the same time. Where there are more
    /// workers than tiles, a piece is a tile and some workers get none.
    /// </summary>
    private static RowPiece[] Plain(int rows, int tileRows, int workers)
    {
        int tiles = Ceiling(rows, tileRows);
        RowPiece[] cut = new RowPiece[(int)Math.Min(tiles, (long)Ceiling(Ceiling(rows, Product.PlainRows), workers) * workers)];
        for (int i = 0; i < cut.Length; i++)
        {
            int first = (int)((long)tiles * i / cut.Length) * tileRows;
            int end = Math.Min((int)((long)tiles * (i + 1) / cut.Length) * tileRows, rows);
            cut[i] = RowPiece.Plain(first, end - first);
        }

        return cut;
    }

    /// <summary>Whole blocks, some of them cut into strips where that shares them better: <see cref="BlockCuts"/>.</summary>
    private static RowPiece[] Strips(int rows, int tileRows, int workers)
    {
        int blocks = Ceiling(rows, StrassenProduct.BlockRows);
        BlockCuts cuts = BlockCuts.Best(blocks, Ceiling(StrassenProduct.QuarterRows, tileRows), workers);
        List<RowPiece> cut = [];
        for (int block = 0; block < blocks; block++)
        {
            int first = block * StrassenProduct.BlockRows;
            RowPiece whole = RowPiece.Whole(first, Math.Min(rows - first, StrassenProduct.BlockRows));
            int row = 0;
            foreach (int tiles in cuts.TilesOf(block))
            {
                if (row < whole.StripRows)
                {
                    cut.Add(whole with { Strip = row, StripRows = Math.Min(tiles * tileRows, whole.StripRows - row) });
                    row += tiles * tileRows;
                }
            }
        }

        // Largest first. Stable, or the pieces of a plan would not be the same everywhere.
        RowPiece[] ordered = new RowPiece[cut.Count];
        int next = 0;
        for (int strip = StrassenProduct.QuarterRows; strip > 0; strip--)
        {
            foreach (RowPiece piece in cut)
            {
                if (piece.StripRows == strip)
                {
                    ordered[next++] = piece;
                }
            }
        }

        return ordered;
    }

    private static int Ceiling(int all, int part) => ((all - 1) / part) + 1;
}
