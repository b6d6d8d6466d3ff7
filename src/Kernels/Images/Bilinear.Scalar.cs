namespace SamNative.Kernels;

/// <summary>
/// Bilinear resampling of float maps, one axis at a time: result = far * wFar + (near * wNear), the product of near
/// rounded, then one fused multiply-add. Rows are padded to whole lanes.
/// </summary>
internal static unsafe partial class Bilinear
{
    /// <summary>Between two rows: destination[i] = near[i] * nearWeight + far[i] * farWeight.</summary>
    public static void BetweenRowsScalar(
        float* near, float* far, float nearWeight, float farWeight, float* destination, nint lanes)
    {
        for (nint i = 0; i < lanes; i++)
        {
            destination[i] = MathF.FusedMultiplyAdd(far[i], farWeight, near[i] * nearWeight);
        }
    }

    /// <summary>Along a row: destination[i] = source[near[i]] * nearWeights[i] + source[far[i]] * farWeights[i].</summary>
    public static void AlongRowScalar(
        float* source, int* near, int* far, float* nearWeights, float* farWeights, float* destination, nint lanes)
    {
        for (nint i = 0; i < lanes; i++)
        {
            destination[i] = MathF.FusedMultiplyAdd(source[far[i]], farWeights[i], source[near[i]] * nearWeights[i]);
        }
    }

    /// <summary>
    /// Along a row that does not shrink to less than half, so that 16 neighbours come of 33 neighbours:
    /// destination[i] = source[p] * nearWeights[i] + source[p + 1] * farWeights[i] with p = starts[i / 16] + offsets[i],
    /// offsets in 0 … 31. From every start on the source has 33 values.
    /// </summary>
    public static void WindowRowScalar(
        float* source, int* starts, int* offsets, float* nearWeights, float* farWeights, float* destination, nint lanes)
    {
        for (nint i = 0; i < lanes; i++)
        {
            float* at = source + starts[i / Lane.Count] + offsets[i];
            destination[i] = MathF.FusedMultiplyAdd(at[1], farWeights[i], at[0] * nearWeights[i]);
        }
    }

    /// <summary>Bit i of the result is set where values[i] is above threshold; bits from count on are zero.</summary>
    public static void AboveScalar(float* values, float threshold, ulong* bits, nint count)
    {
        for (nint word = 0; word * 64 < count; word++)
        {
            bits[word] = 0;
        }

        for (nint i = 0; i < count; i++)
        {
            if (values[i] > threshold)
            {
                bits[i / 64] |= 1UL << (int)(i % 64);
            }
        }
    }
}
