using SamNative.Kernels;

namespace SamNative;

/// <summary>Where the columns and rows of a packed linear layer come from; -1 stands for zeros.</summary>
/// <param name="ColumnOf">[outputs]: the output (row) of the source's weight.</param>
/// <param name="RowOf">[inputs]: the input (position within that row).</param>
/// <param name="BiasOf">[outputs]: the position in the source's bias.</param>
internal readonly record struct LinearMap(int[] ColumnOf, int[] RowOf, int[] BiasOf)
{
    /// <summary>As in the source.</summary>
    public static LinearMap Identity(int inputs, int outputs)
    {
        int[] columns = Range(outputs);
        return new LinearMap(columns, Range(inputs), columns);
    }

    /// <summary>Outputs are parts x heads of headDim channels, each head padded to whole lanes.</summary>
    public static LinearMap SplitHeads(int inputs, int parts, int heads, int headDim)
    {
        int[] columns = PadHeads(parts * heads, headDim);
        return new LinearMap(columns, Range(inputs), columns);
    }

    /// <summary>Inputs are heads of headDim channels, each padded to whole lanes.</summary>
    public static LinearMap JoinHeads(int heads, int headDim, int outputs)
    {
        int[] columns = Range(outputs);
        return new LinearMap(columns, PadHeads(heads, headDim), columns);
    }

    /// <summary>A convolution [outputs, channels, side, side] whose inputs come as [side, side, channels].</summary>
    public static LinearMap Convolution(int channels, int side, int outputs)
    {
        int[] rows = new int[side * side * channels];
        for (int tap = 0; tap < side * side; tap++)
        {
            for (int c = 0; c < channels; c++)
            {
                rows[(tap * channels) + c] = (c * side * side) + tap;
            }
        }

        int[] columns = Range(outputs);
        return new LinearMap(columns, rows, columns);
    }

    /// <summary>
    /// A convolution [outputs, channels, side, side] over patches that come as [side * side, channels], the channels of
    /// each position padded to whole lanes.
    /// </summary>
    public static LinearMap PatchOfPaddedChannels(int channels, int side, int outputs)
    {
        int taps = side * side;
        int lanes = Lane.RoundUp(channels);
        int[] rows = new int[taps * lanes];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = i % lanes < channels ? ((i % lanes) * taps) + (i / lanes) : -1;
        }

        int[] columns = Range(outputs);
        return new LinearMap(columns, rows, columns);
    }

    /// <summary>
    /// A transposed convolution with stride equal to its side: [side * side, outputs] per input position, the outputs of
    /// each position padded to whole lanes. The source is [outputs * taps, inputs].
    /// </summary>
    public static LinearMap Upscaling(int inputs, int taps, int outputs)
    {
        int lanes = Lane.RoundUp(outputs);
        int[] columns = new int[taps * lanes];
        int[] bias = new int[taps * lanes];
        for (int i = 0; i < columns.Length; i++)
        {
            int output = i % lanes;
            columns[i] = output < outputs ? (output * taps) + (i / lanes) : -1;
            bias[i] = output < outputs ? output : -1;
        }

        return new LinearMap(columns, Range(inputs), bias);
    }

    private static int[] Range(int count) => [.. Enumerable.Range(0, count)];

    private static int[] PadHeads(int heads, int headDim)
    {
        int lanes = Lane.RoundUp(headDim);
        int[] map = new int[heads * lanes];
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = i % lanes < headDim ? ((i / lanes) * headDim) + (i % lanes) : -1;
        }

        return map;
    }
}
