using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// The error function, and GELU(x) = x/2 * (1 + erf(x / sqrt 2)) made from it. For |x| &lt; 1, erf is x times a polynomial
/// of degree 5 in x^2; beyond it is 1 - 2^q(|x|), q a polynomial of degree 5 for log2 erfc on [1, 4] (erf is 1 in single
/// precision from 3.92 on). Both are minimax in the relative error of erf: 4.0e-8 and 1.6e-8 before rounding, at most
/// 2.3 ULP after it.
/// </summary>
internal static class Erf
{
    internal const float S0 = 1.12837911f;
    internal const float S1 = -0.37612325f;
    internal const float S2 = 0.112801798f;
    internal const float S3 = -0.0267113112f;
    internal const float S4 = 0.0049175513f;
    internal const float S5 = -0.000563142239f;

    internal const float L0 = -0.003778663f;
    internal const float L1 = -1.6123867f;
    internal const float L2 = -0.943868876f;
    internal const float L3 = -0.12811093f;
    internal const float L4 = 0.0213978309f;
    internal const float L5 = -0.00166951714f;

    private const float InverseSqrt2 = 0.707106781f;
    private const float Saturation = 4f;

    internal static float Of(float x)
    {
        float a = MathF.Abs(x);
        float s = a * a;
        float p = S5;
        p = MathF.FusedMultiplyAdd(p, s, S4);
        p = MathF.FusedMultiplyAdd(p, s, S3);
        p = MathF.FusedMultiplyAdd(p, s, S2);
        p = MathF.FusedMultiplyAdd(p, s, S1);
        p = MathF.FusedMultiplyAdd(p, s, S0);
        float small = a * p;

        float c = a < Saturation ? a : Saturation;
        float q = L5;
        q = MathF.FusedMultiplyAdd(q, c, L4);
        q = MathF.FusedMultiplyAdd(q, c, L3);
        q = MathF.FusedMultiplyAdd(q, c, L2);
        q = MathF.FusedMultiplyAdd(q, c, L1);
        q = MathF.FusedMultiplyAdd(q, c, L0);
        float large = 1f - Exp2.Of(q);

        return MathF.CopySign(a < 1f ? small : large, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        T a = T.Abs(x);
        T s = T.Multiply(a, a);
        T p = T.Broadcast(S5);
        p = T.Fma(p, s, T.Broadcast(S4));
        p = T.Fma(p, s, T.Broadcast(S3));
        p = T.Fma(p, s, T.Broadcast(S2));
        p = T.Fma(p, s, T.Broadcast(S1));
        p = T.Fma(p, s, T.Broadcast(S0));
        T small = T.Multiply(a, p);

        T c = T.Min(a, T.Broadcast(Saturation));
        T q = T.Broadcast(L5);
        q = T.Fma(q, c, T.Broadcast(L4));
        q = T.Fma(q, c, T.Broadcast(L3));
        q = T.Fma(q, c, T.Broadcast(L2));
        q = T.Fma(q, c, T.Broadcast(L1));
        q = T.Fma(q, c, T.Broadcast(L0));
        T one = T.Broadcast(1f);
        T large = T.Subtract(one, Exp2.Of(q));

        return T.CopySign(T.SelectLess(a, one, small, large), x);
    }

    internal static float Gelu(float x)
    {
        float half = 0.5f * x;
        return MathF.FusedMultiplyAdd(half, Of(x * InverseSqrt2), half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Gelu<T>(T x)
        where T : struct, ILanes<T>
    {
        T half = T.Multiply(T.Broadcast(0.5f), x);
        return T.Fma(half, Of(T.Multiply(x, T.Broadcast(InverseSqrt2))), half);
    }
}
