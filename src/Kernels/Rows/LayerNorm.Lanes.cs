using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class LayerNorm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lanes<T>(
        float* source, nint lds, float* gamma, float* beta, float epsilon, float* destination, nint ldd, nint rows, nint count)
        where T : struct, ILanes<T>
    {
        nint whole = count & ~(nint)(Lane.Count - 1);
        int rest = (int)(count - whole);
        for (; rows > 0; rows--)
        {
            T sum = T.Zero;
            for (nint i = 0; i < whole; i += Lane.Count)
            {
                sum = T.Add(sum, T.Load(source + i));
            }

            if (rest > 0)
            {
                sum = T.Add(sum, T.KeepFirst(T.Load(source + whole), rest));
            }

            T mean = T.Broadcast(T.Sum(sum) / count);
            T squares = T.Zero;
            for (nint i = 0; i < whole; i += Lane.Count)
            {
                T d = T.Subtract(T.Load(source + i), mean);
                squares = T.Fma(d, d, squares);
            }

            if (rest > 0)
            {
                T d = T.KeepFirst(T.Subtract(T.Load(source + whole), mean), rest);
                squares = T.Fma(d, d, squares);
            }

            T rstd = T.Broadcast(1f / MathF.Sqrt((T.Sum(squares) / count) + epsilon));
            for (nint i = 0; i < count; i += Lane.Count)
            {
                T scaled = T.Multiply(T.Subtract(T.Load(source + i), mean), rstd);
                T.Store(T.Fma(scaled, T.Load(gamma + i), T.Load(beta + i)), destination + i);
            }

            source += lds;
            destination += ldd;
        }
    }
}
