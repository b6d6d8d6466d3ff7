using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>Bilinear resampling of maps, and their threshold bits.</summary>
internal static unsafe class BilinearCases
{
    public static IEnumerable<KernelCase> BetweenRows()
    {
        Random random = new(8);
        foreach (Fill fill in Enum.GetValues<Fill>())
        {
            foreach (int lanes in (int[])[0, 16, 32, 48, 256])
            {
                foreach (float weight in (float[])[0f, 1f, 0.5f, 0.375f, random.NextSingle()])
                {
                    yield return BetweenRows(random, fill, lanes, weight);
                }
            }
        }
    }

    public static IEnumerable<KernelCase> AlongRow()
    {
        Random random = new(9);
        foreach (Fill fill in Enum.GetValues<Fill>())
        {
            foreach (int from in (int[])[1, 2, 3, 17, 64, 100])
            {
                foreach (int to in (int[])[0, 1, 15, 16, 40, 256])
                {
                    yield return AlongRow(random, fill, from, to);
                }
            }
        }
    }

    public static IEnumerable<KernelCase> WindowRow()
    {
        Random random = new(11);
        foreach (Fill fill in Enum.GetValues<Fill>())
        {
            foreach (int lanes in (int[])[0, 16, 48, 256])
            {
                yield return WindowRow(random, fill, lanes);
            }
        }
    }

    public static IEnumerable<KernelCase> Above()
    {
        Random random = new(10);
        for (int count = 0; count <= 200; count++)
        {
            yield return Above(random, count, threshold: count % 2 == 0 ? 0f : 0.25f);
        }
    }

    private static KernelCase BetweenRows(Random random, Fill fill, int lanes, float far)
    {
        float near = 1 - far;
        float[] first = Values.Vector(random, fill, lanes);
        float[] second = Values.Vector(random, fill, lanes);
        return new(
            $"{lanes} lanes, weight {far}, {fill}",
            [first, second, new float[lanes]],
            (kernel, at) => ((BetweenRowsKernel)kernel.Function)(
                at.Floats(0), at.Floats(1), near, far, at.Floats(2), lanes),
            results =>
            {
                for (int i = 0; i < lanes; i++)
                {
                    Check(first[i], near, second[i], far, ((float[])results[2])[i], i);
                }
            });
    }

    /// <summary>Without aligned corners: position max(0, (i + 0.5) * from / to - 0.5).</summary>
    private static KernelCase AlongRow(Random random, Fill fill, int from, int to)
    {
        int lanes = (to + 15) / 16 * 16;
        float[] source = Values.Vector(random, fill, from);
        int[] near = new int[lanes];
        int[] far = new int[lanes];
        float[] nearWeights = new float[lanes];
        float[] farWeights = new float[lanes];
        for (int i = 0; i < lanes; i++)
        {
            double position = Math.Max(0, ((i + 0.5) * from / Math.Max(1, to)) - 0.5);
            near[i] = Math.Min((int)position, from - 1);
            far[i] = Math.Min(near[i] + 1, from - 1);
            farWeights[i] = (float)(position - Math.Floor(position));
            nearWeights[i] = 1 - farWeights[i];
        }

        return new(
            $"{from} to {to}, {fill}",
            [source, near, far, nearWeights, farWeights, new float[lanes]],
            (kernel, at) => ((AlongRowKernel)kernel.Function)(
                at.Floats(0), at.Ints(1), at.Ints(2), at.Floats(3), at.Floats(4), at.Floats(5), lanes),
            results =>
            {
                for (int i = 0; i < lanes; i++)
                {
                    float actual = ((float[])results[5])[i];
                    Check(source[near[i]], nearWeights[i], source[far[i]], farWeights[i], actual, i);
                }
            });
    }

    /// <summary>Any windows and offsets: that they come from an axis is not the kernel's business.</summary>
    private static KernelCase WindowRow(Random random, Fill fill, int lanes)
    {
        const int Window = 33;
        const int Length = 56;
        float[] source = Values.Vector(random, fill, Length);
        int[] starts = [.. Enumerable.Range(0, lanes / 16).Select(group => group == 0 ? Length - Window : random.Next(Length - Window + 1))];
        int[] offsets = [.. Enumerable.Range(0, lanes).Select(i => i < 32 ? i : random.Next(32))];
        float[] farWeights = [.. Enumerable.Range(0, lanes).Select(_ => random.NextSingle())];
        float[] nearWeights = [.. farWeights.Select(weight => 1 - weight)];
        return new(
            $"{lanes} lanes, {fill}",
            [source, starts, offsets, nearWeights, farWeights, new float[lanes]],
            (kernel, at) => ((AlongRowKernel)kernel.Function)(
                at.Floats(0), at.Ints(1), at.Ints(2), at.Floats(3), at.Floats(4), at.Floats(5), lanes),
            results =>
            {
                for (int i = 0; i < lanes; i++)
                {
                    int p = starts[i / 16] + offsets[i];
                    Check(source[p], nearWeights[i], source[p + 1], farWeights[i], ((float[])results[5])[i], i);
                }
            });
    }

    /// <summary>Two ULP of the values that are mixed: their sum may be far smaller than they are.</summary>
    private static void Check(float near, float nearWeight, float far, float farWeight, float actual, int at)
    {
        double exact = ((double)near * nearWeight) + ((double)far * farWeight);
        Ulp.Near(exact, actual, 2 * Ulp.At(Math.Max(Math.Abs(near), Math.Abs(far))), "mixed", at);
    }

    private static KernelCase Above(Random random, int count, float threshold)
    {
        float[] values = Values.Vector(random, Fill.Special, (count + 15) / 16 * 16);
        values.AsSpan(count).Fill(1e30f);
        ulong[] bits = new ulong[(count + 63) / 64];
        Array.Fill(bits, 0x5A5A5A5A5A5A5A5AUL);
        return new(
            $"{count} values above {threshold}",
            [values, bits],
            (kernel, at) => ((AboveKernel)kernel.Function)(at.Floats(0), threshold, at.Words(1), count),
            results =>
            {
                for (int i = 0; i < bits.Length * 64; i++)
                {
                    bool actual = (((ulong[])results[1])[i / 64] >> (i % 64) & 1) == 1;
                    Verify.That(actual == (i < count && values[i] > threshold), $"bit {i} is {actual}");
                }
            });
    }
}
