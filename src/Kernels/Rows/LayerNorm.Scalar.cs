namespace SamNative.Kernels;

/// <summary>
/// LayerNorm over the last dimension (Ba et al. 2016), and LayerNorm2d where channels come last:
/// y = (x - mean) * rstd * gamma + beta, rstd = 1 / sqrt(variance + epsilon), the biased variance, in two passes.
/// Both sums run over 16 lanes (lane i sums the elements i, i+16, …), folded by 8, 4, 2, 1. Rows have count values,
/// padded to whole lanes with anything finite; the padding of gamma and beta must be zero, that of the result is zero
/// then. In place is fine.
/// </summary>
internal static unsafe partial class LayerNorm
{
    public static void Scalar(
        float* source, nint lds, float* gamma, float* beta, float epsilon, float* destination, nint ldd, nint rows, nint count)
    {
        float* lanes = stackalloc float[Lane.Count];
        for (nint r = 0; r < rows; r++)
        {
            float* x = source + (r * lds);
            float* y = destination + (r * ldd);

            new Span<float>(lanes, Lane.Count).Clear();
            for (nint i = 0; i < count; i++)
            {
                lanes[i % Lane.Count] += x[i];
            }

            float mean = Fold(lanes) / count;

            new Span<float>(lanes, Lane.Count).Clear();
            for (nint i = 0; i < count; i++)
            {
                float d = x[i] - mean;
                lanes[i % Lane.Count] = MathF.FusedMultiplyAdd(d, d, lanes[i % Lane.Count]);
            }

            float rstd = 1f / MathF.Sqrt((Fold(lanes) / count) + epsilon);
            for (nint i = 0; i < Lane.RoundUp((int)count); i++)
            {
                y[i] = MathF.FusedMultiplyAdd((x[i] - mean) * rstd, gamma[i], beta[i]);
            }
        }
    }

    /// <summary>The sum of sixteen lanes, folded by 8, 4, 2, 1; the lanes are used up.</summary>
    internal static float Fold(float* lanes)
    {
        for (int half = Lane.Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                lanes[i] += lanes[i + half];
            }
        }

        return lanes[0];
    }
}
