using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class RowOps
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRowsLanes<T>(
        float* left, nint ldl, float* right, nint ldr, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(T.Add(T.Load(left + n), T.Load(right + n)), destination + n);
            }

            left += ldl;
            right += ldr;
            destination += ldd;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractRowsLanes<T>(
        float* left, nint ldl, float* right, nint ldr, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(T.Subtract(T.Load(left + n), T.Load(right + n)), destination + n);
            }

            left += ldl;
            right += ldr;
            destination += ldd;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleRowsLanes<T>(
        float* source, nint lds, float* factors, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            T factor = T.Broadcast(*factors++);
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(T.Multiply(T.Load(source + n), factor), destination + n);
            }

            source += lds;
            destination += ldd;
        }
    }
}
