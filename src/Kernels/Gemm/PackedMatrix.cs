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
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>No panel crosses a multiple of so many columns: there a hidden layer may be cut, at every ISA alike.</summary>
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

    /// <summary>Fills the columns of one panel: source(column) gives the Rows values of a column, or null for zeros.</summary>
    /// <param name="panel">The panel to fill.</param>
    /// <param name="source">Rows of sourceStride values, whole: a weight as PyTorch keeps it, [out, in].</param>
    /// <param name="columnOf">Maps a column of this matrix to a row of source; -1 for a column of zeros.</param>
    /// <param name="rowOf">Maps a row of this matrix to a position within a row of source; -1 for zero. Null is identity.</param>
    public void Pack(Panel panel, ReadOnlySpan<float> source, int sourceStride, ReadOnlySpan<int> columnOf, ReadOnlySpan<int> rowOf)
    {
        float* destination = At(panel);
        for (int j = 0; j < panel.Width; j++)
        {
            int column = panel.Column + j;
            int from = column < Columns ? columnOf[column] : -1;
            if (from < 0)
            {
                for (int k = 0; k < Rows; k++)
                {
                    destination[((nint)k * panel.Width) + j] = 0f;
                }

                continue;
            }

            ReadOnlySpan<float> row = source.Slice(from * sourceStride, sourceStride);
            for (int k = 0; k < Rows; k++)
            {
                int at = rowOf.IsEmpty ? k : rowOf[k];
                destination[((nint)k * panel.Width) + j] = at < 0 ? 0f : row[at];
            }
        }
    }

    public void Dispose() => values.Dispose();

    private static Panel[] Split(int rows, int columns, int maxPanelWidth)
    {
        List<Panel> panels = [];
        int padded = Lane.RoundUp(columns);
        for (int column = 0; column < padded;)
        {
            int chunkEnd = Math.Min(padded, column - (column % Chunk) + Chunk);
            int width = Lane.PanelWidth(chunkEnd - column, maxPanelWidth);
            panels.Add(new Panel(column, width, (nint)column * rows));
            column += width;
        }

        return [.. panels];
    }
}
