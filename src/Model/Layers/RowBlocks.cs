namespace SamNative;

/// <summary>
/// How the rows of all tokens are cut into blocks: whole tiles, as equal as they go, and as many for each worker, so that all
/// end at the same time. Where there are more workers than tiles, a block is a tile and some workers get none: no block is
/// ever empty.
/// </summary>
internal readonly struct RowBlocks
{
    private readonly int rows;
    private readonly int tileRows;
    private readonly int tiles;

    /// <param name="allRows">At least one.</param>
    /// <param name="rowsOfTile">Rows of a tile.</param>
    /// <param name="mostRows">The most rows of a block, a multiple of a tile's.</param>
    public RowBlocks(int allRows, int rowsOfTile, int mostRows, int workers)
    {
        rows = allRows;
        tileRows = rowsOfTile;
        tiles = Ceiling(rows, tileRows);
        Count = (int)Math.Min(tiles, (long)Ceiling(Ceiling(rows, mostRows), workers) * workers);
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>A block's first row, and how many rows it has.</summary>
    public (int First, int Rows) At(int block)
    {
        int first = (int)((long)tiles * block / Count) * tileRows;
        int end = Math.Min((int)((long)tiles * (block + 1) / Count) * tileRows, rows);
        return (first, end - first);
    }

    private static int Ceiling(int all, int part) => ((all - 1) / part) + 1;
}
