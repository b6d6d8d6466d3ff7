using System.Runtime.InteropServices;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>All 65,536 values of the 16-bit types, through a file.</summary>
public sealed class FloatCodingTests
{
    [Fact]
    public void Every_F16_is_widened_exactly_in_vectors_and_in_the_tail()
    {
        foreach (int skipped in new[] { 0, 1, 5, 31, 65_530 })
        {
            ushort[] halves = [.. Enumerable.Range(skipped, 65_536 - skipped).Select(i => (ushort)i)];
            float[] read = Decode("F16", halves);

            Assert.All(halves.Zip(read), pair =>
            {
                float expected = (float)BitConverter.UInt16BitsToHalf(pair.First);
                AssertSame(expected, pair.Second);
            });
        }
    }

    [Fact]
    public void Every_BF16_is_widened_exactly_in_vectors_and_in_the_tail()
    {
        foreach (int skipped in new[] { 0, 1, 5, 31, 65_530 })
        {
            ushort[] uppers = [.. Enumerable.Range(skipped, 65_536 - skipped).Select(i => (ushort)i)];
            float[] read = Decode("BF16", uppers);

            Assert.Equal(uppers.Select(upper => (uint)upper << 16), read.Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Theory]
    [InlineData(TensorDtype.F16)]
    [InlineData(TensorDtype.BF16)]
    public void Every_16_bit_value_survives_being_read_and_written(TensorDtype dtype)
    {
        ushort[] stored = [.. Enumerable.Range(0, 65_536).Select(i => (ushort)i)];
        float[] values = Decode(dtype.FileName(), stored);

        SafetensorsWriter writer = new();
        writer.Add("a", [65_536], values, dtype);
        using MemoryStream stream = new();
        writer.Save(stream);

        ReadOnlySpan<byte> written = stream.ToArray().AsSpan()[^131_072..];
        ushort[] again = MemoryMarshal.Cast<byte, ushort>(written).ToArray();
        for (int i = 0; i < stored.Length; i++)
        {
            if (!float.IsNaN(values[i]))
            {
                Assert.Equal(stored[i], again[i]);
            }
        }

        float[] back = Decode(dtype.FileName(), again);
        Assert.Equal(values.Select(float.IsNaN), back.Select(float.IsNaN));
        Assert.Equal(values.Select(float.IsNegative), back.Select(float.IsNegative));
    }

    [Theory]
    [InlineData(0x3F807FFF, 0x3F80)]
    [InlineData(0x3F808000, 0x3F80)]
    [InlineData(0x3F808001, 0x3F81)]
    [InlineData(0x3F818000, 0x3F82)]
    [InlineData(0xBF818000, 0xBF82)]
    [InlineData(0x3FFFFFFF, 0x4000)]
    [InlineData(0x7F7F7FFF, 0x7F7F)]
    [InlineData(0x7F800000, 0x7F80)]
    [InlineData(0xFF800000, 0xFF80)]
    [InlineData(0x7F800001, 0x7FC0)]
    [InlineData(0xFFFFFFFF, 0xFFFF)]
    [InlineData(0x00008000, 0x0000)]
    [InlineData(0x00008001, 0x0001)]
    [InlineData(0x80000000, 0x8000)]
    public void A_float_is_rounded_to_BF16_with_ties_to_even(uint bits, int expected) =>
        Assert.Equal(expected, Encode(TensorDtype.BF16, bits));

    [Theory]
    [InlineData(0x3F801000, 0x3C00)]
    [InlineData(0x3F801001, 0x3C01)]
    [InlineData(0x3F803000, 0x3C02)]
    [InlineData(0x477FEFFF, 0x7BFF)]
    [InlineData(0x7F800000, 0x7C00)]
    [InlineData(0x33000000, 0x0000)]
    [InlineData(0x33000001, 0x0001)]
    [InlineData(0xB3C00000, 0x8002)]
    public void A_float_is_rounded_to_F16_with_ties_to_even(uint bits, int expected) =>
        Assert.Equal(expected, Encode(TensorDtype.F16, bits));

    private static int Encode(TensorDtype dtype, uint bits)
    {
        SafetensorsWriter writer = new();
        writer.Add("a", [1], new[] { BitConverter.UInt32BitsToSingle(bits) }, dtype);
        using MemoryStream stream = new();
        writer.Save(stream);
        return BitConverter.ToUInt16(stream.ToArray().AsSpan()[^2..]);
    }

    private static void AssertSame(float expected, float found)
    {
        if (float.IsNaN(expected))
        {
            Assert.True(float.IsNaN(found));
            Assert.Equal(float.IsNegative(expected), float.IsNegative(found));
        }
        else
        {
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(found));
        }
    }

    private static float[] Decode(string dtype, ushort[] stored)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(stored.AsSpan());
        byte[] content = RawFile.OneTensor(dtype, $"{stored.Length}", 0, bytes.Length, bytes.Length);
        bytes.CopyTo(content.AsSpan(content.Length - bytes.Length));
        using SafetensorsFile file = SafetensorsFile.Open(content);
        float[] values = new float[stored.Length];
        file.Read(file.Tensors[0], values);
        return values;
    }
}
