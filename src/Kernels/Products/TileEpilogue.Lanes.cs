using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class TileEpilogue
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BiasLanes<T>(
        float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(T.Add(T.Load(tile + n), T.Load(bias + n)), destination + n);
            }

            tile += ldt;
            destination += ldd;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BiasAddLanes<T>(
        float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T sum = T.Add(T.Load(tile + n), T.Load(bias + n));
                T.Store(T.Add(T.Load(destination + n), sum), destination + n);
            }

            tile += ldt;
            destination += ldd;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BiasGeluLanes<T>(
        float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        float* table = Gelu.Table;
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(Gelu.Of(T.Add(T.Load(tile + n), T.Load(bias + n)), table), destination + n);
            }

            tile += ldt;
            destination += ldd;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BiasReluLanes<T>(
        float* tile, nint ldt, float* bias, float* destination, nint ldd, nint rows, nint lanes)
        where T : struct, ILanes<T>
    {
        for (; rows > 0; rows--)
        {
            for (nint n = 0; n < lanes; n += Lane.Count)
            {
                T.Store(T.Max(T.Add(T.Load(tile + n), T.Load(bias + n)), T.Zero), destination + n);
            }

            tile += ldt;
            destination += ldd;
        }
    }
}
