using System.Buffers.Binary;

namespace SamNative.Tests.Support;

/// <summary>
/// EXIF data that hold an orientation and nothing else, and pictures stored as each orientation says.
/// </summary>
public static class Exif
{
    /// <summary>A TIFF header and one directory with the tag 274.</summary>
    public static byte[] Orientation(int value, bool bigEndian)
    {
        byte[] tiff = Convert.FromHexString(
            bigEndian
                ? "4D4D002A00000008" + "0001" + "0112000300000001" + "00000000" + "00000000"
                : "49492A0008000000" + "0100" + "1201030001000000" + "00000000" + "00000000");
        tiff[bigEndian ? 19 : 18] = (byte)value;
        return tiff;
    }

    /// <summary>Puts the data into a JPEG, right behind its first marker.</summary>
    public static byte[] InsertIntoJpeg(byte[] jpeg, byte[] exif)
    {
        byte[] segment = [0xFF, 0xE1, 0, 0, .. "Exif\0\0"u8, .. exif];
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(segment.Length - 2));
        return [.. jpeg.AsSpan(0, 2), .. segment, .. jpeg.AsSpan(2)];
    }

    /// <summary>Puts the data into a PNG, before its pixels or behind them.</summary>
    public static byte[] InsertIntoPng(byte[] png, byte[] exif, bool behind)
    {
        const int header = 33, end = 12;
        byte[] named = [.. "eXIf"u8, .. exif];
        byte[] sum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Checksum.Crc32(named));
        byte[] chunk = [0, 0, 0, (byte)exif.Length, .. named, .. sum];
        int at = behind ? png.Length - end : header;
        return [.. png[..at], .. chunk, .. png[at..]];
    }

    /// <summary>
    /// Puts the data behind the picture of a WebP, with the extended header (VP8X) whose flag announces them, or does not.
    /// </summary>
    public static byte[] AppendToWebp(byte[] webp, int width, int height, byte[] exif, bool announced = true)
    {
        byte[] header = [(byte)(announced ? 8 : 0), 0, 0, 0, .. Three(width - 1), .. Three(height - 1)];
        byte[] file =
        [
            .. webp.AsSpan(0, 12), .. "VP8X"u8, (byte)header.Length, 0, 0, 0, .. header, .. webp.AsSpan(12),
            .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif,
        ];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;

        static byte[] Three(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
    }

    /// <summary>
    /// The pixel of the stored picture, <paramref name="width"/> x <paramref name="height"/> when upright, that is seen
    /// at (x, y). The standard says for each value where row 0 and column 0 are seen: 1 top, left; 2 top, right;
    /// 3 bottom, right; 4 bottom, left; 5 left, top; 6 right, top; 7 right, bottom; 8 left, bottom.
    /// </summary>
    public static (int X, int Y) Stored(int orientation, int x, int y, int width, int height) => orientation switch
    {
        1 => (x, y),
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (y, width - 1 - x),
        7 => (height - 1 - y, width - 1 - x),
        8 => (height - 1 - y, x),
        _ => throw new ArgumentOutOfRangeException(nameof(orientation)),
    };
}
