using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class ColumnSoftmax
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lanes<T>(float* values, nint ldv, nint groups, nint count, nint columns)
        where T : struct, ILanes<T>
    {
        for (nint g = 0; g < groups; g++)
        {
            for (nint c = 0; c < columns; c += Lane.Count)
            {
                Columns<T>(values + (g * count * ldv) + c, ldv, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns<T>(float* values, nint ldv, nint count)
        where T : struct, ILanes<T>
    {
        T largest = T.Broadcast(SoftmaxTile.MaskedLogit);
        for (nint t = 0; t < count; t++)
        {
            largest = T.Max(largest, T.Load(values + (t * ldv)));
        }

        T shift = T.Round(largest);
        T sum = T.Zero;
        for (nint t = 0; t < count; t++)
        {
            T value = T.Load(values + (t * ldv));
            T n = T.Round(value);
            T power = T.ScaleByPowerOfTwo(Exp2.OfFraction(T.Subtract(value, n)), T.Subtract(n, shift));
            T.Store(power, values + (t * ldv));
            sum = T.Add(sum, power);
        }

        T reciprocal = T.Divide(T.Broadcast(1f), sum);
        for (nint t = 0; t < count; t++)
        {
            T.Store(T.Multiply(T.Load(values + (t * ldv)), reciprocal), values + (t * ldv));
        }
    }
}
