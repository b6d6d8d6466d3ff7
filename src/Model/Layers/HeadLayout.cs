using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>Where the keys and values of every token of a grid lie, for whole-grid attention or windows of it.</summary>
internal sealed class HeadLayout
{
    /// <param name="head">One head of one window.</param>
    /// <param name="rows">Rows of the whole grid.</param>
    /// <param name="columns">Columns of the whole grid.</param>
    public HeadLayout(AttentionHead head, int heads, int rows, int columns)
    {
        Head = head;
        Columns = [.. from part in Enumerable.Range(0, 3) from column in ColumnsOf(head, heads, part) select column];
        KeyOffset = new nint[rows * columns];
        ValueOffset = new nint[rows * columns];
        int windowsPerRow = (columns + head.Width - 1) / head.Width;
        for (int token = 0; token < rows * columns; token++)
        {
            (int y, int x) = Math.DivRem(token, columns);
            nint window = ((y / head.Groups) * windowsPerRow) + (x / head.Width);
            int group = y % head.Groups;
            int lane = x % head.Width;
            KeyOffset[token] = (window * heads * head.KeyFloats) + head.KeyOffset(group) + lane;
            ValueOffset[token] = (window * heads * head.ValueFloats) + (((group * head.Width) + lane) * head.HeadLanes);
        }
    }

    public AttentionHead Head { get; }

    /// <summary>
    /// [heads * HeadLanes / 16, three times]: the groups of 16 columns of [queries | keys | values]. A table, since a
    /// division for every tile would cost more than the tile's stores.
    /// </summary>
    public HeadColumns[] Columns { get; }

    /// <summary>Groups of columns of one part.</summary>
    public int ColumnsPerPart => Columns.Length / 3;

    /// <summary>[tokens]: the lane of the first channel of a token's key in head 0; heads are KeyFloats apart, channels its KeyStride.</summary>
    public nint[] KeyOffset { get; }

    /// <summary>[tokens]: the first channel of a token's value in head 0; heads are ValueFloats apart.</summary>
    public nint[] ValueOffset { get; }

    private static IEnumerable<HeadColumns> ColumnsOf(AttentionHead head, int heads, int part)
    {
        for (int column = 0; column < heads * head.HeadLanes; column += Lane.Count)
        {
            (int index, int channel) = Math.DivRem(column, head.HeadLanes);
            nint offset = part switch
            {
                0 => column,
                1 => (index * head.KeyFloats) + ((nint)channel * head.KeyStride),
                _ => (index * head.ValueFloats) + channel,
            };
            yield return new HeadColumns(part, offset, Math.Min(Lane.Count, head.HeadDim - channel));
        }
    }
}

/// <summary>Where a group of 16 columns of [queries | keys | values] goes: channels of one head of one part.</summary>
/// <param name="Part">0 queries, 1 keys, 2 values.</param>
/// <param name="Offset">From a token's queries, key or value in head 0 to the first channel.</param>
/// <param name="Channels">How many of the columns are channels; the others pad the head.</param>
internal readonly record struct HeadColumns(int Part, nint Offset, int Channels);

/// <summary>
/// Takes the tiles of a [queries | keys | values] product to where attention wants them: queries as rows, keys
/// transposed, values as rows of their head. Every group of 16 columns belongs to one head of one part.
/// </summary>
/// <param name="firstPart">The part that column 0 belongs to: 0 queries, 1 keys, 2 values.</param>
/// <param name="firstToken">The token of row 0.</param>
internal readonly unsafe struct HeadSplitSink(
    KernelSet kernels, HeadLayout layout, float* bias, int firstPart, int firstToken, float* queries, nint queryStride,
    float* keys, float* values)
    : ITileSink
{
    public void Store(float* tile, nint ldt, int row, int rows, int column, int lanes)
    {
        kernels.Bias(tile, ldt, bias + column, tile, ldt, rows, lanes);
        for (int lane = 0; lane < lanes; lane += Lane.Count)
        {
            HeadColumns columns = At(column + lane);
            switch (columns.Part)
            {
                case 0:
                    StoreQueries(tile + lane, ldt, row, rows, columns);
                    break;
                case 1:
                    StoreKeys(tile + lane, ldt, row, rows, columns);
                    break;
                default:
                    StoreValues(tile + lane, ldt, row, rows, columns);
                    break;
            }
        }
    }

    public void Fetch(int row, int rows, int column, int lanes)
    {
        int token = firstToken + row;
        for (int lane = 0; lane < lanes; lane += Lane.Count)
        {
            HeadColumns columns = At(column + lane);
            switch (columns.Part)
            {
                case 0:
                    FetchAhead.Rows(Query(token, columns), queryStride, rows, Lane.Count);
                    break;
                case 1:
                    FetchAhead.Rows(Key(token, columns), layout.Head.KeyStride, columns.Channels, Lane.Count);
                    if (!SideBySide(token, rows))
                    {
                        FetchAhead.Rows(Key(token + rows - 1, columns), layout.Head.KeyStride, columns.Channels, Lane.Count);
                    }

                    break;
                default:
                    for (int r = 0; r < rows; r++)
                    {
                        FetchAhead.Rows(Value(token + r, columns), 0, 1, Lane.Count);
                    }

                    break;
            }
        }
    }

    private HeadColumns At(int column) => layout.Columns[(firstPart * layout.ColumnsPerPart) + (column / Lane.Count)];

    private float* Query(int token, in HeadColumns columns) => queries + (token * queryStride) + columns.Offset;

    private float* Key(int token, in HeadColumns columns) => keys + layout.KeyOffset[token] + columns.Offset;

    private float* Value(int token, in HeadColumns columns) => values + layout.ValueOffset[token] + columns.Offset;

    /// <summary>Whether the keys of these tokens are neighbours.</summary>
    private bool SideBySide(int token, int rows) => layout.KeyOffset[token + rows - 1] - layout.KeyOffset[token] == rows - 1;

    private void StoreQueries(float* tile, nint ldt, int row, int rows, in HeadColumns columns)
    {
        float* destination = Query(firstToken + row, columns);
        for (int r = 0; r < rows; r++)
        {
            CopyLanes(tile + (r * ldt), destination + (r * queryStride));
        }
    }

    private void StoreKeys(float* tile, nint ldt, int row, int rows, in HeadColumns columns)
    {
        nint stride = layout.Head.KeyStride;
        if (rows == Transpose.Rows && columns.Channels == Lane.Count && SideBySide(firstToken + row, rows))
        {
            kernels.Transpose(tile, ldt, Key(firstToken + row, columns), stride, rows, columns.Channels);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            float* key = Key(firstToken + row + r, columns);
            for (int c = 0; c < columns.Channels; c++)
            {
                key[c * stride] = tile[(r * ldt) + c];
            }
        }
    }

    private void StoreValues(float* tile, nint ldt, int row, int rows, in HeadColumns columns)
    {
        for (int r = 0; r < rows; r++)
        {
            CopyLanes(tile + (r * ldt), Value(firstToken + row + r, columns));
        }
    }

    private static void CopyLanes(float* source, float* destination) =>
        Unsafe.CopyBlockUnaligned(destination, source, Lane.Count * sizeof(float));
}
