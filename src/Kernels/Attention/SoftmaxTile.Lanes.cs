using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class SoftmaxTile
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lanes<T>(
        float* logits, nint ldl, float* largest, nint rows, nint groups, nint width, nint lanes, float* shift, float* sums,
        float* scale)
        where T : struct, ILanes<T>
    {
        for (nint r = 0; r < rows; r++)
        {
            float* most = largest + (r * Lane.Count);
            float newShift = MathF.Round(T.MaxAcross(T.Load(most)));
            T.Store(T.Broadcast(MaskedLogit), most);
            newShift = newShift > shift[r] ? newShift : shift[r];
            scale[r] = Exp2.Scale(1f, shift[r] - newShift);
            shift[r] = newShift;

            float* x = logits + (r * ldl);
            float* p = x;
            T m = T.Broadcast(newShift);
            T sum = T.Multiply(T.Load(sums + (r * Lane.Count)), T.Broadcast(scale[r]));
            for (nint g = 0; g < groups; g++)
            {
                for (nint i = 0; i < lanes; i += Lane.Count)
                {
                    T value = T.Load(x);
                    T n = T.Round(value);
                    T power = T.ScaleByPowerOfTwo(Exp2.OfFraction(T.Subtract(value, n)), T.Subtract(n, m));
                    sum = T.Add(sum, power);
                    T.Store(power, p + i);
                    x += Lane.Count;
                }

                p += width;
            }

            T.Store(sum, sums + (r * Lane.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ReciprocalSumsLanes<T>(float* sums, nint rows, float* factors)
        where T : struct, ILanes<T>
    {
        for (nint r = 0; r < rows; r++)
        {
            factors[r] = 1f / T.Sum(T.Load(sums + (r * Lane.Count)));
        }
    }
}
