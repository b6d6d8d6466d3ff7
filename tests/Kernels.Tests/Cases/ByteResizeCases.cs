namespace SamNative.Kernels.Tests;

/// <summary>
/// The two passes of Pillow's resize: with its own weights, and with weights that leave 0 … 255 on both sides.
/// </summary>
internal static unsafe class ByteResizeCases
{
    private const int FractionalBits = 22;

    private static readonly (int From, int To)[] sizes =
    [
        (1, 1), (1, 5), (2, 1), (3, 7), (7, 3), (16, 16), (17, 5), (33, 32), (64, 10), (100, 64), (10, 100), (129, 1),
    ];

    public static IEnumerable<KernelCase> AlongRow()
    {
        Random random = new(11);
        foreach ((int from, int to) in sizes)
        {
            yield return AlongRow(random, from, to, Pillow(from, to), "Pillow's weights");
            yield return AlongRow(random, from, to, Wild(random, Pillow(from, to)), "wild weights");
        }

        yield return AlongRow(random, 4, 0, Pillow(4, 0), "no pixels");
    }

    public static IEnumerable<KernelCase> BetweenRows()
    {
        Random random = new(12);
        foreach (int bytes in (int[])[0, 1, 3, 4, 15, 16, 17, 31, 32, 33, 48, 63, 64, 100])
        {
            foreach (int count in (int[])[1, 2, 3, 7, 20])
            {
                Taps taps = Pillow(count, 1);
                yield return BetweenRows(random, bytes, bytes, taps.Weights);
                yield return BetweenRows(random, bytes, bytes + 9, Wild(random, taps).Weights);
            }
        }
    }

    /// <summary>
    /// The samples a result is made of, for each result: from Starts on, Counts of them, with these weights.
    /// </summary>
    private sealed record Taps(int[] Starts, int[] Counts, int[] Weights, int Most);

    /// <summary>Pillow's bilinear filter with antialiasing (src/libImaging/Resample.c: precompute_coeffs).</summary>
    private static Taps Pillow(int from, int to)
    {
        double scale = (double)from / Math.Max(1, to);
        double support = Math.Max(scale, 1);
        int most = ((int)Math.Ceiling(support) * 2) + 1;
        int[] starts = new int[to];
        int[] counts = new int[to];
        int[] weights = new int[to * most];
        for (int i = 0; i < to; i++)
        {
            double center = (i + 0.5) * scale;
            starts[i] = Math.Max(0, (int)(center - support + 0.5));
            counts[i] = Math.Min(from, (int)(center + support + 0.5)) - starts[i];
            double[] triangle = new double[counts[i]];
            for (int t = 0; t < triangle.Length; t++)
            {
                triangle[t] = Math.Max(0, 1 - Math.Abs((t + starts[i] - center + 0.5) / support));
            }

            for (int t = 0; t < triangle.Length; t++)
            {
                double share = triangle[t] / triangle.Sum() * (1 << FractionalBits);
                weights[(i * most) + t] = (int)Math.Round(share, MidpointRounding.AwayFromZero);
            }
        }

        return new(starts, counts, weights, most);
    }

    /// <summary>
    /// The same samples with weights of both signs, so that results are clamped at both ends. Their sizes sum up to 1.9
    /// at most: beyond 2 a sum leaves its 32 bits.
    /// </summary>
    private static Taps Wild(Random random, Taps taps)
    {
        double most = 1.9 / taps.Most * (1 << FractionalBits);
        return taps with { Weights = [.. taps.Weights.Select(_ => (int)(((random.NextDouble() * 2) - 1) * most))] };
    }

    private static KernelCase AlongRow(Random random, int from, int to, Taps taps, string weights)
    {
        byte[] source = new byte[from * 4];
        random.NextBytes(source);
        return new(
            $"{from} to {to} pixels, {weights}",
            [source, taps.Starts, taps.Counts, taps.Weights, new byte[to * 4]],
            (kernel, at) => ((BytesAlongRowKernel)kernel.Function)(
                at.Bytes(0), at.Ints(1), at.Ints(2), at.Ints(3), taps.Most, at.Bytes(4), to),
            results =>
            {
                for (int i = 0; i < to * 4; i++)
                {
                    int pixel = i / 4;
                    long sum = 0;
                    for (int t = 0; t < taps.Counts[pixel]; t++)
                    {
                        byte sample = source[((taps.Starts[pixel] + t) * 4) + (i % 4)];
                        sum += (long)sample * taps.Weights[(pixel * taps.Most) + t];
                    }

                    Same(Rounded(sum), ((byte[])results[4])[i], i);
                }
            });
    }

    private static KernelCase BetweenRows(Random random, int bytes, int stride, int[] weights)
    {
        byte[] source = new byte[((weights.Length - 1) * stride) + bytes];
        random.NextBytes(source);
        return new(
            $"{weights.Length} rows of {bytes} bytes, stride {stride}",
            [source, weights, new byte[bytes]],
            (kernel, at) => ((BytesBetweenRowsKernel)kernel.Function)(
                at.Bytes(0), stride, at.Ints(1), weights.Length, at.Bytes(2), bytes),
            results =>
            {
                for (int i = 0; i < bytes; i++)
                {
                    long sum = 0;
                    for (int t = 0; t < weights.Length; t++)
                    {
                        sum += (long)source[(t * stride) + i] * weights[t];
                    }

                    Same(Rounded(sum), ((byte[])results[2])[i], i);
                }
            });
    }

    private static void Same(byte expected, byte actual, int at)
    {
        if (expected != actual)
        {
            throw new InvalidOperationException($"byte {at} is {actual}, not {expected}");
        }
    }

    private static byte Rounded(long sum) =>
        (byte)Math.Clamp(Math.Floor(((double)sum / (1 << FractionalBits)) + 0.5), 0, 255);
}
