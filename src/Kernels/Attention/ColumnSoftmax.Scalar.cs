namespace SamNative.Kernels;

/// <summary>
/// Softmax in base 2 down columns, for attention of many queries to the few keys of a prompt: queries are columns, and
/// each group of count rows holds their logits to the keys of one head. For a column of a group, that is
/// <code>
/// M    = round(max x)
/// p[t] = 2^(round(x[t])-M) * 2^(x[t]-round(x[t]))      (+0 below 2^-125)
/// x[t] = p[t] * (1 / (p[0] + p[1] + …))                 one sum, t ascending
/// </code>
/// Sixteen columns lie in the lanes, so that nothing is summed across them.
/// </summary>
internal static unsafe partial class ColumnSoftmax
{
    /// <param name="values">[groups * count, columns], stride ldv: logits that become probabilities.</param>
    /// <param name="count">Rows of a group; at least 1.</param>
    /// <param name="columns">A multiple of 16.</param>
    public static void Scalar(float* values, nint ldv, nint groups, nint count, nint columns)
    {
        for (nint g = 0; g < groups; g++)
        {
            for (nint c = 0; c < columns; c++)
            {
                Column(values + (g * count * ldv) + c, ldv, count);
            }
        }
    }

    private static void Column(float* values, nint ldv, nint count)
    {
        float largest = SoftmaxTile.MaskedLogit;
        for (nint t = 0; t < count; t++)
        {
            float value = values[t * ldv];
            largest = value > largest ? value : largest;
        }

        float shift = MathF.Round(largest);
        float sum = 0f;
        for (nint t = 0; t < count; t++)
        {
            float value = values[t * ldv];
            float n = MathF.Round(value);
            float power = Exp2.Scale(Exp2.OfFraction(value - n), n - shift);
            values[t * ldv] = power;
            sum += power;
        }

        float reciprocal = 1f / sum;
        for (nint t = 0; t < count; t++)
        {
            values[t * ldv] *= reciprocal;
        }
    }
}
