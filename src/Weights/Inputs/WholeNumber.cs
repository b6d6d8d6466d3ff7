using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SamNative.Weights;

/// <summary>
/// Whole numbers as people and other languages write them: 1, 1.0 and 1e0 are the same one, 1.5 is none. Exact, whatever
/// the number of digits.
/// </summary>
internal static class WholeNumber
{
    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Int128)"/>
    public static bool TryParse(string text, out Int128 value) => TryParse(Encoding.UTF8.GetBytes(text), out value);

    /// <summary>Reads a number as JSON has it.</summary>
    /// <returns>False for what is no number, not whole, or has more than 38 digits.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out Int128 value)
    {
        value = 0;
        bool isNegative = text.StartsWith("-"u8);
        ReadOnlySpan<byte> mantissa = isNegative ? text[1..] : text;
        long exponent = 0;
        int e = mantissa.IndexOfAny("eE"u8);
        if (e >= 0)
        {
            ReadOnlySpan<byte> power = mantissa[(e + 1)..];
            mantissa = mantissa[..e];
            if (!long.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                return false;
            }
        }

        int point = mantissa.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? mantissa : mantissa[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? "0"u8 : mantissa[(point + 1)..];
        bool isRead = AreDigits(whole) && AreDigits(fraction)
            && TryAppend(whole, (Int128)exponent + whole.Length, ref value)
            && TryAppend(fraction, exponent, ref value)
            && TryRaise((Int128)exponent - fraction.Length, ref value);
        value = isNegative ? -value : value;
        return isRead;
    }

    private static bool AreDigits(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>Appends so many digits; those behind them must be zeros.</summary>
    private static bool TryAppend(ReadOnlySpan<byte> digits, Int128 places, ref Int128 value)
    {
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[i] - '0';
            if (i >= places ? digit != 0 : !TryAppend(digit, ref value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryRaise(Int128 power, ref Int128 value)
    {
        bool fits = true;
        for (; fits && power > 0 && value != 0; power--)
        {
            fits = TryAppend(0, ref value);
        }

        return fits;
    }

    private static bool TryAppend(int digit, ref Int128 value)
    {
        bool fits = value < Int128.MaxValue / 100;
        value = fits ? (value * 10) + digit : value;
        return fits;
    }
}

/// <summary>Integers of a JSON document, by the rules of <see cref="WholeNumber"/>.</summary>
internal sealed class WholeNumberConverter<T> : JsonConverter<T>
    where T : struct, IBinaryInteger<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        ReadOnlySpan<byte> text = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        if (reader.TokenType == JsonTokenType.Number && WholeNumber.TryParse(text, out Int128 value))
        {
            T number = T.CreateTruncating(value);
            if (Int128.CreateTruncating(number) == value)
            {
                return number;
            }
        }

        // Without a message of its own the serializer says where it was.
        throw new JsonException();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
}
