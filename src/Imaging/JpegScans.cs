using System.Buffers.Binary;

namespace SamNative.Imaging;

/// <summary>
/// Finds JPEG pictures that are built up in several scans and end before the last of them. The decoder makes a coarse
/// picture of the scans there are and reports success; a picture of a single scan it reports as incomplete itself.
/// Markers and segments: ITU-T T.81, annex B.
/// </summary>
internal static class JpegScans
{
    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA;

    public static bool EndEarly(ReadOnlySpan<byte> content)
    {
        bool severalScans = false;
        int components = 0;
        int at = 0;
        while (TryFindMarker(content, ref at, out byte marker))
        {
            if (marker == EndOfImage)
            {
                return false;
            }

            ReadOnlySpan<byte> segment = Segment(content, marker, at);
            if (IsFrame(marker) && segment.Length > 7)
            {
                components = segment[7];
                severalScans |= marker is not (0xC0 or 0xC1);
            }
            else if (marker == StartOfScan && segment.Length > 2)
            {
                severalScans |= segment[2] < components;
            }

            at += segment.Length;
        }

        return severalScans;
    }

    // 0xFF 0x00 is a byte of a scan's data and 0xFF 0xD0 to 0xD7 a restart within it; 0xFF 0xFF is padding.
    private static bool TryFindMarker(ReadOnlySpan<byte> content, ref int at, out byte marker)
    {
        while (at < content.Length - 1)
        {
            int skip = content[at..^1].IndexOf((byte)0xFF);
            if (skip < 0)
            {
                break;
            }

            at += skip + 1;
            marker = content[at];
            if (marker is not (0x00 or 0xFF or (>= 0xD0 and <= 0xD7)))
            {
                at++;
                return true;
            }
        }

        marker = 0;
        return false;
    }

    // The length of a segment counts its own two bytes; the start of the picture has none.
    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> content, byte marker, int at)
    {
        ReadOnlySpan<byte> rest = content[at..];
        if (marker == StartOfImage || rest.Length < 2)
        {
            return [];
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        return rest[..Math.Min(length, rest.Length)];
    }

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
}
