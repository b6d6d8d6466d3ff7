using System.Runtime.CompilerServices;
using SamNative.Kernels;

namespace SamNative;

/// <summary>Where the keys and values of every token of a grid lie, for whole-grid attention or windows of it.</summary>
internal sealed class HeadLayout
{
    public HeadLayout(EncoderGeometry g, bool global)
        : this(g.Head(global), g.Heads, g.Grid, g.Grid)
    {
    }

    /// <param name="head">One head of one window.</param>
    /// <param name="rows">Rows of the whole grid.</param>
    /// <param name="columns">Columns of the whole grid.</param>
    public HeadLayout(AttentionHead head, int heads, int rows, int columns)
    {
        Head = head;
        Heads = heads;
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

    public int Heads { get; }

    /// <summary>[tokens]: the lane of the first channel of a token's key in head 0; heads are KeyFloats apart, channels its KeyStride.</summary>
    public nint[] KeyOffset { get; }

    /// <summary>[tokens]: the first channel of a token's value in head 0; heads are ValueFloats apart.</summary>
    public nint[] ValueOffset { get; }
}

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
            (int part, int within, int head, int channel) = Where(column + lane);
            switch (part)
            {
                case 0:
                    StoreQueries(tile + lane, ldt, row, rows, within);
                    break;
                case 1:
                    StoreKeys(tile + lane, ldt, row, rows, head, channel);
                    break;
                default:
                    StoreValues(tile + lane, ldt, row, rows, head, channel);
                    break;
            }
        }
    }

    public void Fetch(int row, int rows, int column, int lanes)
    {
        for (int lane = 0; lane < lanes; lane += Lane.Count)
        {
            (int part, int within, int head, int channel) = Where(column + lane);
            int token = firstToken + row;
            switch (part)
            {
                case 0:
                    FetchAhead.Rows(queries + (token * queryStride) + within, queryStride, rows, Lane.Count);
                    break;
                case 1:
                    int channels = Math.Min(Lane.Count, layout.Head.HeadDim - channel);
                    FetchAhead.Rows(Key(token, head, channel), layout.Head.KeyStride, channels, Lane.Count);
                    if (!SideBySide(token, rows))
                    {
                        FetchAhead.Rows(Key(token + rows - 1, head, channel), layout.Head.KeyStride, channels, Lane.Count);
                    }

                    break;
                default:
                    for (int r = 0; r < rows; r++)
                    {
                        FetchAhead.Rows(Value(token + r, head, channel), 0, 1, Lane.Count);
                    }

                    break;
            }
        }
    }

    /// <summary>The part, the column within the part, the head and the channel of a column.</summary>
    private (int Part, int Within, int Head, int Channel) Where(int column)
    {
        int partLanes = layout.Heads * layout.Head.HeadLanes;
        (int part, int within) = Math.DivRem(column, partLanes);
        (int head, int channel) = Math.DivRem(within, layout.Head.HeadLanes);
        return (firstPart + part, within, head, channel);
    }

    private float* Key(int token, int head, int channel) =>
        keys + layout.KeyOffset[token] + (head * layout.Head.KeyFloats) + ((nint)channel * layout.Head.KeyStride);

    private float* Value(int token, int head, int channel) =>
        values + layout.ValueOffset[token] + (head * layout.Head.ValueFloats) + channel;

    private void StoreQueries(float* tile, nint ldt, int row, int rows, int within)
    {
        float* destination = queries + ((firstToken + row) * queryStride) + within;
        for (int r = 0; r < rows; r++)
        {
            CopyLanes(tile + (r * ldt), destination + (r * queryStride));
        }
    }

    /// <summary>Whether the keys of these tokens are neighbours.</summary>
    private bool SideBySide(int token, int rows) => layout.KeyOffset[token + rows - 1] - layout.KeyOffset[token] == rows - 1;

    private void StoreKeys(float* tile, nint ldt, int row, int rows, int head, int channel)
    {
        nint stride = layout.Head.KeyStride;
        int channels = Math.Min(Lane.Count, layout.Head.HeadDim - channel);
        if (rows == Transpose.Rows && channels == Lane.Count && SideBySide(firstToken + row, rows))
        {
            kernels.Transpose(tile, ldt, Key(firstToken + row, head, channel), stride, rows, channels);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            float* key = Key(firstToken + row + r, head, channel);
            for (int c = 0; c < channels; c++)
            {
                key[c * stride] = tile[(r * ldt) + c];
            }
        }
    }

    private void StoreValues(float* tile, nint ldt, int row, int rows, int head, int channel)
    {
        for (int r = 0; r < rows; r++)
        {
            CopyLanes(tile + (r * ldt), Value(firstToken + row + r, head, channel));
        }
    }

    private static void CopyLanes(float* source, float* destination) =>
        Unsafe.CopyBlockUnaligned(destination, source, Lane.Count * sizeof(float));
}
