using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SamNative;

/// <summary>Looks for NaN and infinities.</summary>
internal static class Finite
{
    /// <summary>Refuses values that are no numbers. Allocates nothing where all are.</summary>
    /// <param name="values">The values.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <param name="first">The flat position of the first.</param>
    /// <param name="file">The file that holds them, if one does.</param>
    /// <exception cref="NonFiniteException">One is.</exception>
    public static void Check(ReadOnlySpan<float> values, NonFiniteValues what, long first = 0, string? file = null)
    {
        int bad = IndexOfOther(values);
        if (bad >= 0)
        {
            throw new NonFiniteException(what, first + bad, values[bad], file);
        }
    }

    /// <summary>The position of the first NaN or infinity (all bits of the exponent set), or -1.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfOther(ReadOnlySpan<float> values)
    {
        const int Exponent = 0x7F800000;
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            Vector512<int> exponents = Vector512.Create(values[i..]).AsInt32() & Vector512.Create(Exponent);
            if (Vector512.EqualsAny(exponents, Vector512.Create(Exponent)))
            {
                break;
            }
        }

        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
