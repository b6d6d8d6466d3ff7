using System.Text;

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

    public static string Encode(ReadOnlySpan<int> counts)
    {
        StringBuilder text = new(counts.Length * 2);
        for (int i = 0; i < counts.Length; i++)
        {
            long rest = i > 2 ? counts[i] - counts[i - 2] : counts[i];
            bool more = true;
            while (more)
            {
                int group = (int)(rest & 0x1F);
                rest >>= 5;
                more = rest != ((group & 0x10) != 0 ? -1 : 0);
                text.Append((char)(FirstCharacter + group + (more ? 0x20 : 0)));
            }
        }

        return text.ToString();
    }

    public static int[] Decode(ReadOnlySpan<char> text)
    {
        List<int> counts = [];
        for (int position = 0; position < text.Length;)
        {
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

    private static long ReadNumber(ReadOnlySpan<char> text, ref int position)
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

            int group = text[position] - FirstCharacter;
            if (group is < 0 or > 0x3F)
            {
                throw Error(
                    MaskFormatError.BadCharacter,
                    position,
                    $"U+{(int)text[position]:X4} is not one of the characters '0' to 'o'.");
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
