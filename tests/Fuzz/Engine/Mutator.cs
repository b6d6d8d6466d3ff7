using System.Buffers.Binary;
using System.Text;

namespace SamNative.Fuzz;

/// <summary>
/// Changes good files in the ways that parsers have broken on: flipped bits, other bytes, lengths and numbers of zero,
/// one, too much and next to right, blocks that are missing or there twice, the end of another file, words of the
/// format in wrong places, and ends that come early.
/// </summary>
internal sealed class Mutator(byte[][] seeds, string[] words, Random random)
{
    private const int MaxBlock = 64;
    private const int NearEdge = 512;

    private static readonly string[] numbers =
    [
        "0", "1", "-1", "-0", "2147483647", "2147483648", "4294967296", "281474976710655", "281474976710656",
        "9223372036854775807", "18446744073709551616", "1e9", "1e999", "0.5", "00",
    ];

    private readonly List<byte> bytes = [.. seeds[random.Next(seeds.Length)]];

    /// <summary>A seed after one to four changes.</summary>
    public byte[] Next()
    {
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            Change(Place());
        }

        return [.. bytes];
    }

    /// <summary>Headers are in front and directories at the end: two of three changes go there.</summary>
    private int Place()
    {
        int near = random.Next(Math.Min(NearEdge, bytes.Count));
        return random.Next(3) switch
        {
            0 => near,
            1 => bytes.Count - 1 - near,
            _ => random.Next(bytes.Count),
        };
    }

    private void Change(int at)
    {
        switch (random.Next(12))
        {
            case 0:
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes[at] = (byte)random.Next(256);
                break;
            case 3:
            case 4:
                Overwrite(at, Length());
                break;
            case 5:
                bytes.RemoveRange(at, Math.Min(random.Next(1, MaxBlock), bytes.Count - at));
                break;
            case 6:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, MaxBlock), bytes.Count - at)));
                break;
            case 7:
                Splice(at);
                break;
            case 8:
                bytes.InsertRange(at, Word());
                break;
            case 9:
                Overwrite(at, Word());
                break;
            case 10:
                ReplaceNumber(at);
                break;
            default:
                // An early end hides all other changes behind it, and one test cuts at every byte: so seldom.
                bytes.RemoveRange(at, random.Next(4) == 0 ? bytes.Count - at : 0);
                break;
        }
    }

    private byte[] Word() => Encoding.Latin1.GetBytes(words[random.Next(words.Length)]);

    /// <summary>A field of 1, 2, 4 or 8 bytes in either order of bytes, with a value that lengths fail on.</summary>
    private byte[] Length()
    {
        int size = 1 << random.Next(4);
        long value = random.Next(8) switch
        {
            0 => 0,
            1 => 1,
            2 => -1,
            3 => bytes.Count,
            4 => bytes.Count + random.Next(-16, 17),
            5 => int.MaxValue,
            6 => 1L << random.Next(64),
            _ => long.MaxValue,
        };
        byte[] field = new byte[sizeof(long)];
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(field, value);
            return field[..size];
        }

        BinaryPrimitives.WriteInt64BigEndian(field, value);
        return field[^size..];
    }

    private void Overwrite(int at, byte[] word)
    {
        for (int i = 0; i < word.Length && at + i < bytes.Count; i++)
        {
            bytes[at + i] = word[i];
        }
    }

    private void Splice(int at)
    {
        byte[] other = seeds[random.Next(seeds.Length)];
        int from = random.Next(other.Length);
        int length = random.Next(2) == 0 ? other.Length - from : Math.Min(random.Next(1, MaxBlock), other.Length - from);
        bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
        bytes.InsertRange(at, other.AsSpan(from, length));
    }

    /// <summary>The next number in digits gets another value.</summary>
    private void ReplaceNumber(int at)
    {
        int start = bytes.FindIndex(at, IsDigit);
        if (start >= 0)
        {
            int end = bytes.FindIndex(start, b => !IsDigit(b));
            bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
            bytes.InsertRange(start, Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]));
        }

        static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';
    }
}
