using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

internal static unsafe partial class StrassenOperands
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LeftLanes<T>(
        float* source, nint lds, nint quarterRows, nint depth, float* destination, nint ldd, nint blockFloats, nint rows)
        where T : struct, ILanes<T>
    {
        nint below = quarterRows * lds;
        nint outer = Seven * blockFloats;
        for (nint r = 0; r < rows; r++)
        {
            for (nint k = 0; k < depth; k += Lane.Count)
            {
                // a, b, c, e: the quarters of a quarter; upper and lower, left and right are the outer level's.
                float* upperLeft = source + (r * lds) + k;
                float* upperRight = upperLeft + (2 * depth);
                float* lowerLeft = upperLeft + (2 * below);
                float* lowerRight = upperRight + (2 * below);
                float* d = destination + (r * ldd) + k;
                T a11 = T.Load(upperLeft);
                T b11 = T.Load(upperLeft + depth);
                T c11 = T.Load(upperLeft + below);
                T e11 = T.Load(upperLeft + below + depth);
                Store(a11, b11, c11, e11, d + (5 * outer), blockFloats);
                T a21 = T.Load(lowerLeft);
                T b21 = T.Load(lowerLeft + depth);
                T c21 = T.Load(lowerLeft + below);
                T e21 = T.Load(lowerLeft + below + depth);
                Store(
                    T.Subtract(a21, a11), T.Subtract(b21, b11), T.Subtract(c21, c11), T.Subtract(e21, e11),
                    d + (6 * outer), blockFloats);
                T a22 = T.Load(lowerRight);
                T b22 = T.Load(lowerRight + depth);
                T c22 = T.Load(lowerRight + below);
                T e22 = T.Load(lowerRight + below + depth);
                Store(a22, b22, c22, e22, d + outer, blockFloats);
                Store(T.Add(a11, a22), T.Add(b11, b22), T.Add(c11, c22), T.Add(e11, e22), d, blockFloats);
                Store(
                    T.Add(a21, a22), T.Add(b21, b22), T.Add(c21, c22), T.Add(e21, e22), d + (4 * outer), blockFloats);
                T a12 = T.Load(upperRight);
                T b12 = T.Load(upperRight + depth);
                T c12 = T.Load(upperRight + below);
                T e12 = T.Load(upperRight + below + depth);
                Store(
                    T.Add(a11, a12), T.Add(b11, b12), T.Add(c11, c12), T.Add(e11, e12), d + (2 * outer), blockFloats);
                Store(
                    T.Subtract(a12, a22), T.Subtract(b12, b22), T.Subtract(c12, c22), T.Subtract(e12, e22),
                    d + (3 * outer), blockFloats);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FirstLanes<T>(float* p0, float* p1, float* p2, float* c11, nint count)
        where T : struct, ILanes<T>
    {
        for (nint i = 0; i < count; i += Lane.Count)
        {
            T.Store(T.Subtract(T.Add(T.Load(p0 + i), T.Load(p1 + i)), T.Load(p2 + i)), c11 + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RestLanes<T>(float* p0, float* p4, float* p5, float* c12, float* c21, float* c22, nint count)
        where T : struct, ILanes<T>
    {
        for (nint i = 0; i < count; i += Lane.Count)
        {
            T fourth = T.Load(p4 + i);
            T fifth = T.Load(p5 + i);
            T.Store(T.Add(T.Load(c12 + i), fifth), c12 + i);
            T.Store(T.Add(T.Load(c21 + i), fourth), c21 + i);
            T.Store(T.Add(T.Subtract(T.Load(p0 + i), fourth), fifth), c22 + i);
        }
    }

    /// <summary>The seven operands of one level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T a11, T a12, T a21, T a22, float* destination, nint stride)
        where T : struct, ILanes<T>
    {
        T.Store(T.Add(a11, a22), destination);
        T.Store(a22, destination + stride);
        T.Store(T.Add(a11, a12), destination + (2 * stride));
        T.Store(T.Subtract(a12, a22), destination + (3 * stride));
        T.Store(T.Add(a21, a22), destination + (4 * stride));
        T.Store(a11, destination + (5 * stride));
        T.Store(T.Subtract(a21, a11), destination + (6 * stride));
    }
}
