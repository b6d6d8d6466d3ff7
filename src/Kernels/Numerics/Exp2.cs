using System.Runtime.CompilerServices;

namespace SamNative.Kernels;

/// <summary>
/// Powers of two. 2^x = 2^f * 2^n with n = x rounded to the nearest integer (halves to even) and f = x - n, which is
/// exact; 2^f is a polynomial of degree 6 on [-0.5, 0.5] with value exactly 1 at 0, minimax in relative error (2.6e-9
/// before rounding, 0.98 ULP after it).
/// </summary>
internal static class Exp2
{
    internal const float C1 = 0.69314724f;
    internal const float C2 = 0.24022652f;
    internal const float C3 = 0.0555031039f;
    internal const float C4 = 0.00961769279f;
    internal const float C5 = 0.00134066434f;
    internal const float C6 = 0.000155946764f;

    /// <summary>Results below 2^-125 are +0: the exponent field has no room below it.</summary>
    internal const float SmallestExponent = -125f;

    /// <summary>2^fraction for a fraction in [-0.5, 0.5].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float OfFraction(float fraction)
    {
        float p = C6;
        p = MathF.FusedMultiplyAdd(p, fraction, C5);
        p = MathF.FusedMultiplyAdd(p, fraction, C4);
        p = MathF.FusedMultiplyAdd(p, fraction, C3);
        p = MathF.FusedMultiplyAdd(p, fraction, C2);
        p = MathF.FusedMultiplyAdd(p, fraction, C1);
        return MathF.FusedMultiplyAdd(p, fraction, 1f);
    }

    /// <inheritdoc cref="OfFraction(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T OfFraction<T>(T fraction)
        where T : struct, ILanes<T>
    {
        T p = T.Broadcast(C6);
        p = T.Fma(p, fraction, T.Broadcast(C5));
        p = T.Fma(p, fraction, T.Broadcast(C4));
        p = T.Fma(p, fraction, T.Broadcast(C3));
        p = T.Fma(p, fraction, T.Broadcast(C2));
        p = T.Fma(p, fraction, T.Broadcast(C1));
        return T.Fma(p, fraction, T.Broadcast(1f));
    }

    /// <summary>value * 2^exponent for value in [0.5, 2) and an integer exponent up to 126; +0 below 2^-125.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Scale(float value, float exponent) => exponent < SmallestExponent
        ? 0f
        : BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) + ((int)exponent << 23));
}
