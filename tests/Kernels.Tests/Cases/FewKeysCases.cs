namespace SamNative.Kernels.Tests;

/// <summary>Attention to the keys of a prompt. That its bits are the attention block's is shown by the decoder's hashes.</summary>
internal static unsafe class FewKeysCases
{
    public static IEnumerable<KernelCase> All()
    {
        Random random = new(13);
        foreach (int count in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16])
        {
            foreach (int headDim in (int[])[1, 14, 16, 32])
            {
                foreach (float sharpness in (float[])[0f, 1f, 40f])
                {
                    yield return One(random, rows: 16 * (count % 3), count, headDim, sharpness);
                }
            }
        }
    }

    private static KernelCase One(Random random, int rows, int count, int headDim, float sharpness)
    {
        const int Slack = 5;
        int channels = (headDim + 15) / 16 * 16;
        int ldq = rows + Slack;
        int ldv = channels + Slack;
        float factor = RelativePositions.Log2E / MathF.Sqrt(headDim);
        float[] queries = Values.Matrix(random, Fill.Random, headDim, rows, ldq);
        float[] keys = [.. Values.Matrix(random, Fill.Random, headDim, 16, 16).Select(key => sharpness * key)];
        float[] values = Values.Matrix(random, Fill.Random, count, channels, ldv);
        float[] result = Values.Matrix(random, Fill.Random, channels, rows, ldq);
        return new(
            $"{rows} queries, {count} keys, head dim {headDim}, sharpness {sharpness}",
            [queries, keys, values, new float[FewKeys.ScratchFloats], result],
            (kernel, at) => ((FewKeysKernel)kernel.Function)(
                at.Floats(0), ldq, factor, at.Floats(1), 16, at.Floats(2), ldv, count, headDim, channels, at.Floats(3),
                at.Floats(4), ldq, rows),
            results =>
            {
                for (int i = 0; i < rows * channels; i++)
                {
                    (int c, int r) = Math.DivRem(i, rows);
                    double tolerance = 32 * (1 + sharpness) * Ulp.Unit;
                    Ulp.Near(Exact(r, c), ((float[])results[4])[(c * ldq) + r], tolerance, "attended", i);
                }
            })
        {
            Blank = results => ((float[])results[3]).AsSpan().Clear(),
        };

        double Exact(int r, int c)
        {
            double[] powers = new double[count];
            for (int t = 0; t < count; t++)
            {
                double logit = 0;
                for (int d = 0; d < headDim; d++)
                {
                    logit += (double)queries[(d * ldq) + r] * factor * keys[(d * 16) + t];
                }

                powers[t] = Math.Pow(2, logit);
            }

            return powers.Select((power, t) => power * values[(t * ldv) + c]).Sum() / powers.Sum();
        }
    }
}
