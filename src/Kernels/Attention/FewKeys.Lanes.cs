using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class FewKeys
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Lanes<T>(
        float* queries, nint ldq, float factor, float* keys, nint ldk, float* values, nint ldv, nint count, nint headDim,
        nint channels, float* scratch, float* result, nint ldr, nint rows)
        where T : struct, ILanes<T>
    {
        for (nint r = 0; r < rows; r += Lane.Count)
        {
            Logits<T>(queries + r, ldq, factor, keys, ldk, count, headDim, scratch);
            Powers<T>(scratch, count);
            Mix<T>(scratch, values, ldv, count, channels, result + r, ldr);
        }
    }

    /// <summary>powers[t] = 0 + the chain over the channels of queries and key t, four keys at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Logits<T>(
        float* queries, nint ldq, float factor, float* keys, nint ldk, nint count, nint headDim, float* powers)
        where T : struct, ILanes<T>
    {
        for (nint t = 0; t < count; t += 4)
        {
            T x0 = T.Zero, x1 = T.Zero, x2 = T.Zero, x3 = T.Zero;
            float* q = queries;
            float* k = keys + t;
            for (nint c = 0; c < headDim; c++)
            {
                T query = T.Multiply(T.Load(q), T.Broadcast(factor));
                x0 = T.Fma(query, T.Broadcast(k[0]), x0);
                x1 = T.Fma(query, T.Broadcast(k[1]), x1);
                x2 = T.Fma(query, T.Broadcast(k[2]), x2);
                x3 = T.Fma(query, T.Broadcast(k[3]), x3);
                q += ldq;
                k += ldk;
            }

            float* destination = powers + (t * Lane.Count);
            T.Store(T.Add(T.Zero, x0), destination);
            T.Store(T.Add(T.Zero, x1), destination + Lane.Count);
            T.Store(T.Add(T.Zero, x2), destination + (2 * Lane.Count));
            T.Store(T.Add(T.Zero, x3), destination + (3 * Lane.Count));
        }
    }

    /// <summary>Logits become powers; behind the sixteen rows of them, the reciprocals of their sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Powers<T>(float* logits, nint count)
        where T : struct, ILanes<T>
    {
        T largest = T.Broadcast(SoftmaxTile.MaskedLogit);
        for (nint t = 0; t < count; t++)
        {
            largest = T.Max(largest, T.Load(logits + (t * Lane.Count)));
        }

        T shift = T.Round(largest);
        float* sums = logits + (Most * Lane.Count);
        for (nint t = 0; t < count; t++)
        {
            T value = T.Load(logits + (t * Lane.Count));
            T n = T.Round(value);
            T power = T.ScaleByPowerOfTwo(Exp2.OfFraction(T.Subtract(value, n)), T.Subtract(n, shift));
            T.Store(power, logits + (t * Lane.Count));
            T.Store(power, sums + (t * Lane.Count));
        }

        // Lanes that are no keys would add zero.
        for (nint half = Most / 2; half > 0; half /= 2)
        {
            for (nint t = 0; t < half && t + half < count; t++)
            {
                float* sum = sums + (t * Lane.Count);
                T.Store(T.Add(T.Load(sum), T.Load(sum + (half * Lane.Count))), sum);
            }
        }

        T.Store(T.Divide(T.Broadcast(1f), T.Load(sums)), sums);
    }

    /// <summary>result[c] = (the chain over the keys of powers and values) * the reciprocal, four channels at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix<T>(float* powers, float* values, nint ldv, nint count, nint channels, float* result, nint ldr)
        where T : struct, ILanes<T>
    {
        T reciprocal = T.Load(powers + (Most * Lane.Count));
        for (nint c = 0; c < channels; c += 4)
        {
            T y0 = T.Zero, y1 = T.Zero, y2 = T.Zero, y3 = T.Zero;
            float* p = powers;
            float* v = values + c;
            for (nint t = 0; t < count; t++)
            {
                T power = T.Load(p);
                y0 = T.Fma(power, T.Broadcast(v[0]), y0);
                y1 = T.Fma(power, T.Broadcast(v[1]), y1);
                y2 = T.Fma(power, T.Broadcast(v[2]), y2);
                y3 = T.Fma(power, T.Broadcast(v[3]), y3);
                p += Lane.Count;
                v += ldv;
            }

            float* destination = result + (c * ldr);
            T.Store(T.Multiply(y0, reciprocal), destination);
            T.Store(T.Multiply(y1, reciprocal), destination + ldr);
            T.Store(T.Multiply(y2, reciprocal), destination + (2 * ldr));
            T.Store(T.Multiply(y3, reciprocal), destination + (3 * ldr));
        }
    }
}
