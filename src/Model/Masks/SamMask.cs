using System.Buffers.Binary;
using System.Numerics;

namespace SamNative;

/// <summary>
/// A mask: for every pixel of a picture, in or out. It takes one bit a pixel, is addressed [x, y] and counted row by
/// row from the top left, and does not change once it was handed out.
/// </summary>
public sealed partial class SamMask
{
    // Pixel x of a row is bit x % 64 of word x / 64; the bits behind the last pixel of a row are always zero.
    private readonly ulong[] words;
    private readonly int wordsPerRow;

    /// <summary>An empty mask.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is below 1 or the mask would have 2^31 bits or more.
    /// </exception>
    internal SamMask(int width, int height)
    {
        CheckSize(width, height);
        Width = width;
        Height = height;
        wordsPerRow = WordsFor(width);
        words = new ulong[wordsPerRow * height];
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The number of pixels in the mask.</summary>
    public int Area
    {
        get
        {
            int area = 0;
            foreach (ulong word in words)
            {
                area += BitOperations.PopCount(word);
            }

            return area;
        }
    }

    /// <summary>The box around the mask, by the rules of the original.</summary>
    public MaskBounds Bounds
    {
        get
        {
            int left = int.MaxValue, right = -1, top = -1, bottom = -1;
            for (int y = 0; y < Height; y++)
            {
                ReadOnlySpan<ulong> row = RowBits(y);
                int first = row.IndexOfAnyExcept(0UL);
                if (first < 0)
                {
                    continue;
                }

                int last = row.LastIndexOfAnyExcept(0UL);
                left = Math.Min(left, (first * 64) + BitOperations.TrailingZeroCount(row[first]));
                right = Math.Max(right, (last * 64) + BitOperations.Log2(row[last]));
                top = top < 0 ? y : top;
                bottom = y;
            }

            return top < 0 ? default : new MaskBounds(left, top, right - left, bottom - top);
        }
    }

    /// <summary>Whether the pixel in column <paramref name="x"/> of row <paramref name="y"/> is in the mask.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel.</exception>
    public bool this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
            return ((words[(y * wordsPerRow) + (x / 64)] >> (x % 64)) & 1) != 0;
        }
    }

    /// <summary>Makes a mask of one byte a pixel, row by row: zero is out, everything else is in.</summary>
    /// <param name="pixels">Exactly <paramref name="width"/> x <paramref name="height"/> bytes.</param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentException">A size is out of range or the number of bytes is another.</exception>
    public static SamMask FromBytes(ReadOnlySpan<byte> pixels, int width, int height)
    {
        CheckSize(width, height);
        if (pixels.Length != (long)width * height)
        {
            throw new ArgumentException(
                $"A mask of {width} x {height} pixels has {(long)width * height} bytes; there are {pixels.Length}.",
                nameof(pixels));
        }

        SamMask mask = new(width, height);
        for (int y = 0; y < height; y++)
        {
            PackRow(pixels.Slice(y * width, width), mask.RowBits(y));
        }

        return mask;
    }

    /// <summary>The mask as one byte a pixel, row by row: 255 in, 0 out.</summary>
    public byte[] ToBytes()
    {
        byte[] pixels = new byte[Width * Height];
        ToBytes(pixels);
        return pixels;
    }

    /// <summary>Writes the mask as one byte a pixel, row by row; allocates nothing.</summary>
    /// <param name="destination">At least Width * Height bytes.</param>
    /// <param name="on">The value of a pixel in the mask; those outside are 0.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void ToBytes(Span<byte> destination, byte on = 255)
    {
        if (destination.Length < Width * Height)
        {
            throw new ArgumentException(
                $"The mask has {Width * Height} pixels; the destination has {destination.Length} bytes.",
                nameof(destination));
        }

        for (int y = 0; y < Height; y++)
        {
            UnpackRow(RowBits(y), destination.Slice(y * Width, Width), on);
        }
    }

    /// <summary>
    /// The pixels that both masks share, divided by those of either: 1 for equal masks, 0 for masks that share nothing,
    /// two empty ones included (as pycocotools has it).
    /// </summary>
    /// <exception cref="ArgumentException">The masks differ in size.</exception>
    public double IntersectionOverUnion(SamMask other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Width != Width || other.Height != Height)
        {
            throw new ArgumentException(
                $"Masks of {Width} x {Height} and {other.Width} x {other.Height} pixels cannot be compared.",
                nameof(other));
        }

        int both = 0, either = 0;
        for (int i = 0; i < words.Length; i++)
        {
            both += BitOperations.PopCount(words[i] & other.words[i]);
            either += BitOperations.PopCount(words[i] | other.words[i]);
        }

        return both == 0 ? 0 : (double)both / either;
    }

    /// <summary>Whether a mask can have so many pixels, each row padded to whole words of 64 bits.</summary>
    /// <param name="width">At least 1.</param>
    /// <param name="height">At least 1.</param>
    internal static bool IsPossible(int width, int height) => WordsFor(width) * 64L * height <= int.MaxValue;

    /// <summary>Refuses sizes that no mask can have, before anything is allocated for them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size is below 1 or the mask would have 2^31 bits or more.
    /// </exception>
    internal static void CheckSize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (!IsPossible(width, height))
        {
            throw new ArgumentOutOfRangeException(
                nameof(height), height, $"A mask of {width} x {height} pixels is too large: 2^31 bits are the limit.");
        }
    }

    /// <summary>
    /// One row to read or to fill: pixel x is bit x % 64 of word x / 64. Who fills it leaves the bits behind the last
    /// pixel zero.
    /// </summary>
    internal Span<ulong> RowBits(int y) => words.AsSpan(y * wordsPerRow, wordsPerRow);

    /// <summary>Writes one row as one byte a pixel: 255 in, 0 out.</summary>
    /// <param name="destination">At least Width bytes.</param>
    internal void CopyRow(int y, Span<byte> destination) => UnpackRow(RowBits(y), destination[..Width], 255);

    /// <summary>Takes the pixels of a smaller mask in as well, its top left pixel being (left, top) of this one.</summary>
    internal void Paste(SamMask part, int left, int top)
    {
        for (int y = 0; y < part.Height; y++)
        {
            Span<ulong> row = RowBits(top + y);
            for (int x = 0; x < part.Width; x++)
            {
                row[(left + x) / 64] |= (part[x, y] ? 1UL : 0UL) << ((left + x) % 64);
            }
        }
    }

    /// <summary>Takes the pixels of another mask of the same size in as well.</summary>
    internal void Join(SamMask other)
    {
        for (int i = 0; i < words.Length; i++)
        {
            words[i] |= other.words[i];
        }
    }

    /// <summary>Takes all pixels out of the mask.</summary>
    internal void Clear() => Array.Clear(words);

    private static int WordsFor(int width) => ((width - 1) / 64) + 1;

    // Eight pixels a step: every byte that is not zero is brought to 1 without a carry into its neighbour, and the
    // product moves these eight ones next to each other into the top byte.
    private static void PackRow(ReadOnlySpan<byte> pixels, Span<ulong> bits)
    {
        const ulong Low7 = 0x7F7F7F7F7F7F7F7F;
        int x = 0;
        for (; x + 8 <= pixels.Length; x += 8)
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(pixels[x..]);
            ulong ones = ((((eight & Low7) + Low7) | eight) & ~Low7) >> 7;
            bits[x / 64] |= ((ones * 0x0102040810204080) >> 56) << (x % 64);
        }

        for (; x < pixels.Length; x++)
        {
            bits[x / 64] |= (pixels[x] == 0 ? 0UL : 1UL) << (x % 64);
        }
    }

    // The way back: byte i keeps bit i of the eight, the sum carries it to the byte's top bit, and the product turns
    // the ones into the wanted value.
    private static void UnpackRow(ReadOnlySpan<ulong> bits, Span<byte> pixels, byte on)
    {
        int x = 0;
        for (; x + 8 <= pixels.Length; x += 8)
        {
            ulong eight = (bits[x / 64] >> (x % 64)) & 0xFF;
            ulong spread = (eight * 0x0101010101010101) & 0x8040201008040201;
            ulong ones = ((spread + 0x7F7F7F7F7F7F7F7F) >> 7) & 0x0101010101010101;
            BinaryPrimitives.WriteUInt64LittleEndian(pixels[x..], ones * on);
        }

        for (; x < pixels.Length; x++)
        {
            pixels[x] = ((bits[x / 64] >> (x % 64)) & 1) != 0 ? on : (byte)0;
        }
    }
}
