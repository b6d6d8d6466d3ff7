namespace SamNative.Kernels;

/// <summary>
/// One key tile of an online softmax in base 2 (Milakov and Gimelshein 2018, with an integer shift). Row r holds
/// groups of lanes logits x, of which width are real; the padded ones must be so low that they vanish
/// (<see cref="MaskedLogit"/>). With an integer M:
/// <code>
/// M'    = max(M, round(max x))
/// scale = 2^(M - M')
/// p     = 2^(round(x)-M') * 2^(x-round(x))      (+0 below 2^-125)
/// sum   = sum * scale + p                       (16 lanes: position modulo 16 within the group, groups ascending)
/// </code>
/// The probabilities replace the logits, groups without their padding, so that row r holds groups * width of them in
/// key order; what follows them is undefined. M is an integer, so scaling by 2^(M - M') is exact and tiles of any height give the same bits.
/// </summary>
internal static unsafe partial class SoftmaxTile
{
    /// <summary>A logit that no real one comes near, for lanes that are no keys: its probability is +0.</summary>
    public const float MaskedLogit = -1e30f;

    /// <summary>M before the first tile.</summary>
    public const float NoShift = -1e30f;

    /// <param name="logits">[rows, groups * lanes], stride ldl; becomes the probabilities [rows, groups * width].</param>
    /// <param name="largest">
    /// [rows, 16]: lanes whose largest is that of the row's logits, see <see cref="LogitBias"/>; set to
    /// <see cref="MaskedLogit"/> for the next tile.
    /// </param>
    /// <param name="shift">[rows]: M, updated.</param>
    /// <param name="sums">[rows, 16]: the lanes of the row sums, updated.</param>
    /// <param name="scale">[rows]: by how much what was summed before must be multiplied.</param>
    public static void Scalar(
        float* logits, nint ldl, float* largest, nint rows, nint groups, nint width, nint lanes, float* shift, float* sums,
        float* scale)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* x = logits + (r * ldl);
            float* lane = largest + (r * Lane.Count);
            float most = MaskedLogit;
            for (int i = 0; i < Lane.Count; i++)
            {
                most = lane[i] > most ? lane[i] : most;
                lane[i] = MaskedLogit;
            }

            float newShift = MathF.Round(most);
            newShift = newShift > shift[r] ? newShift : shift[r];
            scale[r] = Exp2.Scale(1f, shift[r] - newShift);
            shift[r] = newShift;

            float* sum = sums + (r * Lane.Count);
            for (int i = 0; i < Lane.Count; i++)
            {
                sum[i] *= scale[r];
            }

            for (nint g = 0; g < groups; g++)
            {
                for (nint i = 0; i < width; i++)
                {
                    float value = x[(g * lanes) + i];
                    float n = MathF.Round(value);
                    float p = Exp2.Scale(Exp2.OfFraction(value - n), n - newShift);
                    sum[i % Lane.Count] += p;
                    x[(g * width) + i] = p;
                }
            }
        }
    }

    /// <summary>factors[r] = 1 / (the row sum folded by 8, 4, 2, 1).</summary>
    public static void ReciprocalSumsScalar(float* sums, nint rows, float* factors)
    {
        float* lanes = stackalloc float[Lane.Count];
        for (nint r = 0; r < rows; r++)
        {
            new Span<float>(sums + (r * Lane.Count), Lane.Count).CopyTo(new Span<float>(lanes, Lane.Count));
            factors[r] = 1f / LayerNorm.Fold(lanes);
        }
    }
}
