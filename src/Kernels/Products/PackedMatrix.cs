namespace SamNative.Kernels;

/// <summary>Where a column panel of a <see cref="PackedMatrix"/> lies.</summary>
/// <param name="Column">Its first column.</param>
/// <param name="Width">Its columns: 16, 32 or 48.</param>
/// <param name="Offset">The position of its first value, in floats.</param>
internal readonly record struct Panel(int Column, int Width, nint Offset);

/// <summary>
/// The constant right-hand side of a matrix product, [Rows, Columns], in the order the kernels stream it: column panels
/// of 16, 32 or 48 columns, each with its rows one after the other. Columns are padded with zeros to a multiple of 16.
/// How columns are grouped into panels differs by ISA and changes no result, since no panel crosses a chunk.
/// </summary>
internal sealed unsafe partial class PackedMatrix : IDisposable
{
    /// <summary>
    /// No panel crosses a multiple of so many columns: there a hidden layer may be cut, at every ISA alike. In a
    /// matrix large enough for <see cref="StrassenProduct"/> none crosses a quarter between two cuts either.
    /// </summary>
    public const int Chunk = 768;

    private readonly NativeBuffer values;

    public PackedMatrix(int rows, int columns, int maxPanelWidth)
    {
        Rows = rows;
        Columns = columns;
        Panels = Split(rows, columns, maxPanelWidth);
        values = new NativeBuffer((nint)rows * PaddedColumns);
    }

    /// <summary>K of the product.</summary>
    public int Rows { get; }

    /// <summary>N of the product.</summary>
    public int Columns { get; }

    public int PaddedColumns => Lane.RoundUp(Columns);

    public Panel[] Panels { get; }

    public long Bytes => values.Length * sizeof(float);

    public float* At(Panel panel) => values.Pointer + panel.Offset;

    public void Dispose() => values.Dispose();

    private static Panel[] Split(int rows, int columns, int maxPanelWidth)
    {
        List<Panel> panels = [];
        int padded = Lane.RoundUp(columns);
        for (int column = 0; column < padded;)
        {
            int chunk = column - (column % Chunk);
            int end = Math.Min(padded, chunk + Chunk);
            int quarter = (end - chunk) / 4;
            bool cut = StrassenMatrix.LargeEnough(rows, columns) && quarter % Lane.Count == 0;
            int stop = cut ? column - ((column - chunk) % quarter) + quarter : end;
            int width = Lane.PanelWidth(stop - column, maxPanelWidth);
            panels.Add(new Panel(column, width, (nint)column * rows));
            column += width;
        }

        return [.. panels];
    }
}
