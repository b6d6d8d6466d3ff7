namespace SamNative;

/// <summary>
/// The two passes of OpenCV's INTER_LINEAR on bytes (modules/imgproc/src/resize.cpp, VResizeLinear): weights of 11 fractional
/// bits, four bits of the first pass's sums dropped, sixteen of each of the second's products. A pixel is four bytes, R, G, B
/// and one that is ignored; sums between the passes are four words.
/// </summary>
internal static unsafe class OpenCvLinear
{
    /// <summary>Fractional bits of a weight.</summary>
    internal const int Precision = 11;

    /// <summary>One row, [weights.Source, 4] bytes to [count, 4] words: the pixels from first on.</summary>
    public static void AlongRow(byte* source, ResizeWeights weights, int first, int count, ushort* destination)
    {
        for (int x = first; x < first + count; x++)
        {
            byte* near = source + (4 * (nint)weights.Starts[x]);
            byte* far = near + (4 * (weights.Counts[x] - 1));
            int wNear = weights.Weights[2 * x];
            int wFar = weights.Weights[(2 * x) + 1];
            for (int channel = 0; channel < 4; channel++)
            {
                *destination++ = (ushort)(((near[channel] * wNear) + (far[channel] * wFar)) >> 4);
            }
        }
    }

    /// <summary>Between two rows of count words, to bytes.</summary>
    public static void BetweenRows(ushort* near, ushort* far, int wNear, int wFar, byte* destination, nint count)
    {
        for (nint i = 0; i < count; i++)
        {
            destination[i] = (byte)((((near[i] * wNear) >> 16) + ((far[i] * wFar) >> 16) + 2) >> 2);
        }
    }
}
