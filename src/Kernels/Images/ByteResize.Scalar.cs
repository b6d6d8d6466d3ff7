namespace SamNative.Kernels;

/// <summary>
/// The two passes of Pillow's resize on bytes (src/libImaging/Resample.c): a weighted sum of taps samples with weights
/// of 22 fractional bits, started at one half, shifted back and clamped to 0 … 255. Integers: exact at every level.
/// A pixel is four bytes, R, G, B and one that is ignored.
/// </summary>
internal static unsafe partial class ByteResize
{
    /// <summary>Fractional bits of a weight.</summary>
    internal const int Precision = 22;

    private const int Half = 1 << (Precision - 1);

    /// <summary>One row, [sourceWidth, 4] to [width, 4].</summary>
    /// <param name="starts">[width]: the first source pixel of each pixel.</param>
    /// <param name="weights">[width, taps]: zero where a pixel has fewer taps.</param>
    /// <param name="counts">[width]: how many of the taps a pixel has.</param>
    public static void AlongRowScalar(
        byte* source, int* starts, int* counts, int* weights, nint taps, byte* destination, nint width)
    {
        for (nint x = 0; x < width; x++)
        {
            byte* pixel = source + (4 * (nint)starts[x]);
            for (int channel = 0; channel < 4; channel++)
            {
                int sum = Half;
                for (nint t = 0; t < counts[x]; t++)
                {
                    sum += pixel[(4 * t) + channel] * weights[(x * taps) + t];
                }

                destination[(4 * x) + channel] = Clamp(sum);
            }
        }
    }

    /// <summary>Between rows: each byte of destination from the bytes below it in count rows, stride apart.</summary>
    public static void BetweenRowsScalar(
        byte* source, nint stride, int* weights, nint count, byte* destination, nint bytes)
    {
        for (nint i = 0; i < bytes; i++)
        {
            int sum = Half;
            for (nint t = 0; t < count; t++)
            {
                sum += source[(t * stride) + i] * weights[t];
            }

            destination[i] = Clamp(sum);
        }
    }

    private static byte Clamp(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);
}
