namespace SamNative;

/// <summary>
/// Position embeddings and tables of relative positions for a grid other than the one they were trained with: resized where
/// the whole model runs at another size, cut where the frame is cut to a picture's shape. Sums are in double, in one order.
/// </summary>
internal static class PositionResizer
{
    /// <summary>
    /// Resizes [rows, columns, channels] to [toRows, toColumns, channels]: the antialiased cubic of a = -0.5, also where it
    /// enlarges, as PyTorch's interpolate has it with mode "bicubic" and antialias.
    /// </summary>
    public static float[] Resize(ReadOnlySpan<float> positions, int rows, int columns, int channels, int toRows, int toColumns)
    {
        double[] wide = new double[rows * toColumns * channels];
        ResampleAxis across = new(columns, toColumns, cubic: true);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> source = positions.Slice(row * columns * channels, columns * channels);
            Span<double> target = wide.AsSpan(row * toColumns * channels, toColumns * channels);
            for (int i = 0; i < target.Length; i++)
            {
                (int column, int channel) = Math.DivRem(i, channels);
                for (int t = 0; t < across.Counts[column]; t++)
                {
                    target[i] += across.Weights[(column * across.Taps) + t]
                        * source[((across.Starts[column] + t) * channels) + channel];
                }
            }
        }

        float[] resized = new float[toRows * toColumns * channels];
        int stride = toColumns * channels;
        ResampleAxis down = new(rows, toRows, cubic: true);
        for (int i = 0; i < resized.Length; i++)
        {
            (int row, int place) = Math.DivRem(i, stride);
            double sum = 0;
            for (int t = 0; t < down.Counts[row]; t++)
            {
                sum += down.Weights[(row * down.Taps) + t] * wide[((down.Starts[row] + t) * stride) + place];
            }

            resized[i] = (float)sum;
        }

        return resized;
    }

    /// <summary>
    /// Resizes a table of relative positions, [length, width], to [toLength, width]: between two neighbours, half-pixel
    /// centres, no antialiasing (get_rel_pos in segment_anything/modeling/image_encoder.py).
    /// </summary>
    public static float[] ResizeTable(ReadOnlySpan<float> table, int width, int toLength)
    {
        BilinearAxis axis = new(table.Length / width, toLength, toLength);
        float[] resized = new float[toLength * width];
        for (int i = 0; i < resized.Length; i++)
        {
            (int entry, int place) = Math.DivRem(i, width);
            double near = (double)axis.NearWeight[entry] * table[(axis.Near[entry] * width) + place];
            resized[i] = (float)(near + ((double)axis.FarWeight[entry] * table[(axis.Far[entry] * width) + place]));
        }

        return resized;
    }

    /// <summary>The top left [toRows, toColumns, channels] of [rows, columns, channels].</summary>
    public static float[] Cut(ReadOnlySpan<float> positions, int columns, int channels, int toRows, int toColumns)
    {
        float[] cut = new float[toRows * toColumns * channels];
        int length = toColumns * channels;
        for (int row = 0; row < toRows; row++)
        {
            positions.Slice(row * columns * channels, length).CopyTo(cut.AsSpan(row * length));
        }

        return cut;
    }

    /// <summary>
    /// The entries of a table of relative positions, [2 * side - 1, width], that a shorter side needs: the middle
    /// [2 * toSide - 1, width], whose distances are those of the long table.
    /// </summary>
    public static ReadOnlySpan<float> CutTable(ReadOnlySpan<float> table, int width, int toSide)
    {
        int side = ((table.Length / width) + 1) / 2;
        return table.Slice((side - toSide) * width, ((2 * toSide) - 1) * width);
    }
}
