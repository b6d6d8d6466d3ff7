using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class LogitBias
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lanes<T>(
        float* logits, nint ldl, float* bias, nint ldb, nint step, float* largest, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            float* ofVector = bias;
            T most = T.Load(largest);
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T x = T.Add(T.Load(logits + n), T.Broadcast(*ofVector));
                T.Store(x, logits + n);
                most = T.Max(most, x);
                ofVector += step;
            }

            T.Store(most, largest);
            logits += ldl;
            bias += ldb;
            largest += Lane.Count;
        }
    }
}
