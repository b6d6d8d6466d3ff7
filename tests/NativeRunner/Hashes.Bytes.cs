using System.Buffers.Binary;
using System.Numerics;

namespace SamNative.Model.Tests;

/// <summary>
/// SHA-256 written out (FIPS 180-4, section 6.2): the platform's needs OpenSSL for the architecture that is emulated.
/// </summary>
internal static partial class Hashes
{
    private const int BlockBytes = 64;

    private static readonly uint[] roots = [.. Primes().Take(BlockBytes).Select(prime => Fraction(Math.Cbrt(prime)))];

    private static string Of(ReadOnlySpan<byte> data)
    {
        uint[] state = [.. Primes().Take(8).Select(prime => Fraction(Math.Sqrt(prime)))];
        int rest = data.Length % BlockBytes;
        byte[] end = new byte[rest < BlockBytes - 8 ? BlockBytes : 2 * BlockBytes];
        data[^rest..].CopyTo(end);
        end[rest] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(end.AsSpan(end.Length - 8), 8L * data.Length);
        Blocks(state, data[..^rest]);
        Blocks(state, end);
        return string.Concat(state.Select(word => word.ToString("x8")));
    }

    private static void Blocks(uint[] state, ReadOnlySpan<byte> data)
    {
        Span<uint> w = stackalloc uint[BlockBytes];
        for (; data.Length > 0; data = data[BlockBytes..])
        {
            for (int t = 0; t < w.Length; t++)
            {
                w[t] = t < 16
                    ? BinaryPrimitives.ReadUInt32BigEndian(data[(4 * t)..])
                    : w[t - 16] + w[t - 7]
                        + Mix(w[t - 15], 7, 18, w[t - 15] >> 3) + Mix(w[t - 2], 17, 19, w[t - 2] >> 10);
            }

            Block(state, w);
        }
    }

    private static void Block(uint[] state, ReadOnlySpan<uint> w)
    {
        (uint a, uint b, uint c, uint d) = (state[0], state[1], state[2], state[3]);
        (uint e, uint f, uint g, uint h) = (state[4], state[5], state[6], state[7]);
        for (int t = 0; t < w.Length; t++)
        {
            uint first = h + Mix(e, 6, 11, BitOperations.RotateRight(e, 25)) + ((e & f) ^ (~e & g)) + roots[t] + w[t];
            uint second = Mix(a, 2, 13, BitOperations.RotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }

        ReadOnlySpan<uint> next = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < next.Length; i++)
        {
            state[i] += next[i];
        }
    }

    private static uint Mix(uint x, int first, int second, uint third) =>
        BitOperations.RotateRight(x, first) ^ BitOperations.RotateRight(x, second) ^ third;

    /// <summary>The first 32 bits of the fraction.</summary>
    private static uint Fraction(double root) => (uint)((root - Math.Floor(root)) * (1L << 32));

    private static IEnumerable<int> Primes() =>
        Enumerable.Range(2, 310).Where(n => Enumerable.Range(2, n - 2).All(divisor => n % divisor != 0));
}
