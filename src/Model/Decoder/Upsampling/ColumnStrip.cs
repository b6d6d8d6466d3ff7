namespace SamNative;

/// <summary>
/// Up to 64 neighbouring columns of a mask (a word's width), each with its pixels next to each other: pixel y of a
/// column is bit y % 64 of its word y / 64. Small enough to stay in the processor's nearest cache.
/// </summary>
internal sealed class ColumnStrip
{
    private readonly SamMask mask;
    private readonly int wordsPerColumn;
    private readonly ulong[] columns;
    private readonly ulong[] block = new ulong[64];

    public ColumnStrip(SamMask mask)
    {
        this.mask = mask;
        wordsPerColumn = ((mask.Height - 1) / 64) + 1;
        columns = new ulong[64 * wordsPerColumn];
    }

    /// <summary>Column 64 * strip + <paramref name="x"/> of the strip that was loaded or is being filled.</summary>
    public Span<ulong> Column(int x) => columns.AsSpan(x * wordsPerColumn, wordsPerColumn);

    /// <summary>Reads the columns from 64 * <paramref name="strip"/> on.</summary>
    public void Load(int strip)
    {
        for (int y = 0; y < mask.Height; y += 64)
        {
            int rows = Math.Min(64, mask.Height - y);
            for (int i = 0; i < 64; i++)
            {
                block[i] = i < rows ? mask.RowBits(y + i)[strip] : 0;
            }

            Transpose(block);
            for (int i = 0; i < 64; i++)
            {
                columns[(i * wordsPerColumn) + (y / 64)] = block[i];
            }
        }
    }

    /// <summary>
    /// Writes the columns from 64 * <paramref name="strip"/> on, and empties the strip for the next ones.
    /// </summary>
    public void Store(int strip)
    {
        for (int y = 0; y < mask.Height; y += 64)
        {
            for (int i = 0; i < 64; i++)
            {
                block[i] = columns[(i * wordsPerColumn) + (y / 64)];
            }

            Transpose(block);
            int rows = Math.Min(64, mask.Height - y);
            for (int i = 0; i < rows; i++)
            {
                mask.RowBits(y + i)[strip] = block[i];
            }
        }

        Array.Clear(columns);
    }

    // Exchanges the off-diagonal quarters of the 64 x 64 bits, then of each quarter, down to single bits
    // (H. S. Warren, Hacker's Delight, section 7-3).
    private static void Transpose(Span<ulong> block)
    {
        ulong low = 0x00000000FFFFFFFF;
        for (int half = 32; half != 0; half /= 2, low ^= low << half)
        {
            for (int i = 0; i < 64; i = (i + half + 1) & ~half)
            {
                ulong exchange = ((block[i] >> half) ^ block[i + half]) & low;
                block[i] ^= exchange << half;
                block[i + half] ^= exchange;
            }
        }
    }
}
