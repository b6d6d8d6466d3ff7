using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class Bilinear
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BetweenRowsLanes<T>(
        float* near, float* far, float nearWeight, float farWeight, float* destination, nint lanes)
        where T : struct, ILanes<T>
    {
        T wNear = T.Broadcast(nearWeight);
        T wFar = T.Broadcast(farWeight);
        for (nint i = 0; i < lanes; i += Lane.Count)
        {
            T.Store(T.Fma(T.Load(far + i), wFar, T.Multiply(T.Load(near + i), wNear)), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AlongRowLanes<T>(
        float* source, int* near, int* far, float* nearWeights, float* farWeights, float* destination, nint lanes)
        where T : struct, ILanes<T>
    {
        for (nint i = 0; i < lanes; i += Lane.Count)
        {
            T first = T.Multiply(T.Gather(source, near + i), T.Load(nearWeights + i));
            T.Store(T.Fma(T.Gather(source, far + i), T.Load(farWeights + i), first), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WindowRowLanes<T>(
        float* source, int* starts, int* offsets, float* nearWeights, float* farWeights, float* destination, nint lanes)
        where T : struct, ILanes<T>
    {
        for (nint i = 0; i < lanes; i += Lane.Count)
        {
            float* window = source + *starts++;
            T near = T.Pick(T.Load(window), T.Load(window + Lane.Count), offsets + i);
            T far = T.Pick(T.Load(window + 1), T.Load(window + 1 + Lane.Count), offsets + i);
            T.Store(T.Fma(far, T.Load(farWeights + i), T.Multiply(near, T.Load(nearWeights + i))), destination + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AboveLanes<T>(float* values, float threshold, ulong* bits, nint count)
        where T : struct, ILanes<T>
    {
        for (; count > 0; count -= 64)
        {
            ulong word = 0;
            for (int part = 0; part < 64 && part < count; part += Lane.Count)
            {
                word |= (ulong)T.GreaterThan(T.Load(values + part), threshold) << part;
            }

            *bits++ = count < 64 ? word & ((1UL << (int)count) - 1) : word;
            values += 64;
        }
    }
}
