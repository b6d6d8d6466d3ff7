using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SamNative.Weights;

/// <summary>Between float and the stored element types; all stored values are little endian.</summary>
internal static class FloatCoding
{
    /// <summary>Widens binary16 exactly, subnormals included; NaN stays NaN with its sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(source);
        int i = 0;
        for (; i <= halves.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(halves[i..]), out Vector<uint> low, out Vector<uint> high);
            WidenHalf(low).CopyTo(destination[i..]);
            WidenHalf(high).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < halves.Length; i++)
        {
            destination[i] = (float)BitConverter.UInt16BitsToHalf(halves[i]);
        }
    }

    /// <summary>Widens bfloat16 exactly: its bits are the upper half of a float's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeBF16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<ushort> uppers = MemoryMarshal.Cast<byte, ushort>(source);
        int i = 0;
        for (; i <= uppers.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(uppers[i..]), out Vector<uint> low, out Vector<uint> high);
            Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < uppers.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)uppers[i] << 16);
        }
    }

    /// <summary>Rounds binary64 to nearest even.</summary>
    public static void DecodeF64(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(source);
        for (int i = 0; i < doubles.Length; i++)
        {
            destination[i] = (float)doubles[i];
        }
    }

    /// <summary>Rounds to binary16, nearest even.</summary>
    /// <returns>The index of the first finite value that became infinite, or -1.</returns>
    public static int EncodeF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(destination);
        int overflow = -1;
        for (int i = 0; i < source.Length; i++)
        {
            Half half = (Half)source[i];
            halves[i] = BitConverter.HalfToUInt16Bits(half);
            if (overflow < 0 && Half.IsInfinity(half) && float.IsFinite(source[i]))
            {
                overflow = i;
            }
        }

        return overflow;
    }

    /// <summary>Rounds to bfloat16, nearest even; a NaN stays a quiet NaN with its sign.</summary>
    /// <returns>The index of the first finite value that became infinite, or -1.</returns>
    public static int EncodeBF16(ReadOnlySpan<float> source, Span<byte> destination)
    {
        const uint infinity = 0x7F80;
        Span<ushort> uppers = MemoryMarshal.Cast<byte, ushort>(destination);
        int overflow = -1;
        for (int i = 0; i < source.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            uint upper = float.IsNaN(source[i])
                ? (bits >> 16) | 0x40
                : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
            uppers[i] = (ushort)upper;
            if (overflow < 0 && (upper & 0x7FFF) == infinity && float.IsFinite(source[i]))
            {
                overflow = i;
            }
        }

        return overflow;
    }

    /// <summary>
    /// Moves the 15 bits below the sign to a float's place and multiplies by 2^112, the difference of the exponent
    /// biases: exact for normal and subnormal values. Infinity and NaN then only lack the upper exponent bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> WidenHalf(Vector<uint> half)
    {
        Vector<uint> magnitude = half & new Vector<uint>(0x7FFF);
        Vector<uint> sign = (half ^ magnitude) << 16;
        Vector<uint> scaled = Vector.AsVectorUInt32(
            Vector.AsVectorSingle(magnitude << 13) * new Vector<float>(BitConverter.UInt32BitsToSingle(0x77800000)));
        Vector<uint> special = Vector.GreaterThan(magnitude, new Vector<uint>(0x7BFF)) & new Vector<uint>(0x7F800000);
        return Vector.AsVectorSingle(scaled | special | sign);
    }
}
