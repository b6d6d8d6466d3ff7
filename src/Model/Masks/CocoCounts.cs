using System.Numerics;

namespace SamNative;

/// <summary>
/// COCO's compressed run lengths (rleToString and rleFrString in cocodataset/cocoapi, common/maskApi.c). From the
/// fourth on, a count is written as its difference to the count two before. A number is cut into groups of 5 bits,
/// lowest first; bit 0x10 of the last group is the sign, 0x20 says that another group follows, and 48 is added to make
/// a printable character.
/// </summary>
internal static class CocoCounts
{
    private const int FirstCharacter = 48;

    // Differences of counts below 2^31 need 33 bits with their sign, which is seven groups.
    private const int MaxGroups = 7;

    /// <returns>The characters, all of them ASCII.</returns>
    public static byte[] Encode(ReadOnlySpan<int> counts, CancellationToken cancellationToken = default)
    {
        int length = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            RunLengths.LookAt(i, cancellationToken);
            length += Groups(Written(counts, i));
        }

        byte[] text = new byte[length];
        for (int i = 0, end = 0; i < counts.Length; i++)
        {
            RunLengths.LookAt(i, cancellationToken);
            int rest = Written(counts, i);
            for (; rest is < -0x10 or > 0xF; rest >>= 5)
            {
                text[end++] = (byte)(FirstCharacter + 0x20 + (rest & 0x1F));
            }

            text[end++] = (byte)(FirstCharacter + (rest & 0x1F));
        }

        return text;
    }

    /// <typeparam name="T">A character of UTF-16 or a byte of UTF-8.</typeparam>
    public static int[] Decode<T>(ReadOnlySpan<T> text, CancellationToken cancellationToken = default)
        where T : IBinaryInteger<T>
    {
        List<int> counts = [];
        for (int position = 0; position < text.Length;)
        {
            RunLengths.LookAt(counts.Count, cancellationToken);
            int start = position;
            long count = ReadNumber(text, ref position);
            if (counts.Count > 2)
            {
                count += counts[^2];
            }

            if (count < 0)
            {
                throw Error(MaskFormatError.NegativeCount, start, $"run {counts.Count} would have the length {count}.");
            }

            if (count > int.MaxValue)
            {
                throw Error(MaskFormatError.TooManyPixels, start, $"run {counts.Count} is longer than any mask.");
            }

            counts.Add((int)count);
        }

        return [.. counts];
    }

    private static int Written(ReadOnlySpan<int> counts, int i) => i > 2 ? counts[i] - counts[i - 2] : counts[i];

    /// <summary>Groups of 5 bits that hold a number with its sign.</summary>
    private static int Groups(int number) => (BitOperations.Log2((uint)(number ^ (number >> 31)) | 1) + 6) / 5;

    private static long ReadNumber<T>(ReadOnlySpan<T> text, ref int position)
        where T : IBinaryInteger<T>
    {
        long number = 0;
        for (int groups = 0; ; groups++)
        {
            if (position == text.Length)
            {
                throw Error(MaskFormatError.Truncated, position, "the text ends inside a number.");
            }

            if (groups == MaxGroups)
            {
                throw Error(MaskFormatError.NumberTooLong, position, "the number is longer than that of any mask.");
            }

            int character = int.CreateTruncating(text[position]);
            int group = character - FirstCharacter;
            if (group is < 0 or > 0x3F)
            {
                string named = character < 0x80 ? $"U+{character:X4}" : "a character beyond ASCII";
                throw Error(
                    MaskFormatError.BadCharacter, position, $"{named} is not one of the characters '0' to 'o'.");
            }

            position++;
            number |= (long)(group & 0x1F) << (5 * groups);
            if ((group & 0x20) == 0)
            {
                int unused = 64 - (5 * (groups + 1));
                return number << unused >> unused;
            }
        }
    }

    private static MaskFormatException Error(MaskFormatError code, int position, string what) =>
        new(code, position, $"Compressed run lengths, character {position}: {what}");
}
