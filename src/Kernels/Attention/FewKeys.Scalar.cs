namespace SamNative.Kernels;

/// <summary>
/// Attention of many queries to at most sixteen keys, those of a prompt: for a query, that is a column of queries,
/// <code>
/// x[t]   = (q[0] * factor) * k[0, t] + (q[1] * factor) * k[1, t] + …     one chain, begun with zero
/// M      = round(max x)
/// p[t]   = 2^(round(x[t])-M) * 2^(x[t]-round(x[t]))                      (+0 below 2^-125)
/// result = (p[0] * v[0] + p[1] * v[1] + …) * (1 / sum p)                 one chain per channel, begun with zero
/// </code>
/// with sum p folded by 8, 4, 2, 1 from sixteen lanes of which those that are no keys hold zero: the bits are those of
/// <see cref="AttentionBlock"/>. Sixteen queries lie in the lanes here, so that nothing is summed across them.
/// </summary>
internal static unsafe partial class FewKeys
{
    /// <summary>The most keys.</summary>
    public const int Most = Lane.Count;

    /// <summary>Floats of scratch.</summary>
    public const int ScratchFloats = 2 * Most * Lane.Count;

    /// <param name="queries">[headDim, rows], stride ldq; rows is a multiple of 16.</param>
    /// <param name="factor">By what queries are multiplied.</param>
    /// <param name="keys">[headDim, 16], stride ldk: the first count columns are keys; the others are read and ignored.</param>
    /// <param name="values">[count, channels], stride ldv.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="result">[channels, rows], stride ldr.</param>
    public static void Scalar(
        float* queries, nint ldq, float factor, float* keys, nint ldk, float* values, nint ldv, nint count, nint headDim,
        nint channels, float* scratch, float* result, nint ldr, nint rows)
    {
        for (nint r = 0; r < rows; r++)
        {
            for (nint t = 0; t < count; t++)
            {
                float sum = 0f;
                for (nint c = 0; c < headDim; c++)
                {
                    sum = MathF.FusedMultiplyAdd(queries[(c * ldq) + r] * factor, keys[(c * ldk) + t], sum);
                }

                scratch[t] = 0f + sum;
            }

            float reciprocal = Powers(scratch, count);
            for (nint c = 0; c < channels; c++)
            {
                float sum = 0f;
                for (nint t = 0; t < count; t++)
                {
                    sum = MathF.FusedMultiplyAdd(scratch[t], values[(t * ldv) + c], sum);
                }

                result[(c * ldr) + r] = sum * reciprocal;
            }
        }
    }

    /// <summary>Logits become powers; returns the reciprocal of their sum.</summary>
    private static float Powers(float* logits, nint count)
    {
        float largest = SoftmaxTile.MaskedLogit;
        for (nint t = 0; t < count; t++)
        {
            largest = logits[t] > largest ? logits[t] : largest;
        }

        float shift = MathF.Round(largest);
        float* sums = stackalloc float[Lane.Count];
        new Span<float>(sums, Lane.Count).Clear();
        for (nint t = 0; t < count; t++)
        {
            float n = MathF.Round(logits[t]);
            logits[t] = sums[t] = Exp2.Scale(Exp2.OfFraction(logits[t] - n), n - shift);
        }

        return 1f / LayerNorm.Fold(sums);
    }
}
