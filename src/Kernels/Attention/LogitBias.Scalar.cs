namespace SamNative.Kernels;

/// <summary>
/// What happens to a tile of logits before their softmax: the relative position along the height is added, one value per
/// row and group of keys, and the largest of each of 16 lanes of a row is kept:
/// <code>
/// x          = x + bias[r, group]
/// largest[l] = max(largest[l], x)        (l: position modulo 16)
/// </code>
/// </summary>
internal static unsafe partial class LogitBias
{
    /// <param name="logits">[rows, lanes], stride ldl; lanes is a multiple of 16.</param>
    /// <param name="bias">[rows, lanes / 16] with strides ldb and step; a stride of 0 repeats.</param>
    /// <param name="largest">[rows, 16], updated.</param>
    public static void Scalar(
        float* logits, nint ldl, float* bias, nint ldb, nint step, float* largest, nint rows, nint lanes)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* most = largest + (r * Lane.Count);
            for (nint n = 0; n < lanes; n++)
            {
                float x = logits[(r * ldl) + n] + bias[(r * ldb) + (n / Lane.Count * step)];
                logits[(r * ldl) + n] = x;
                most[n % Lane.Count] = most[n % Lane.Count] > x ? most[n % Lane.Count] : x;
            }
        }
    }
}
