using System.Buffers.Binary;

namespace SamNative.Imaging;

/// <summary>
/// Finds how a picture is to be turned: the orientation of its EXIF data (TIFF tag 274), 1 to 8. The data lie in a
/// segment APP1 of a JPEG, in the chunk eXIf of a PNG and in the chunk EXIF of a WebP, before or behind the picture.
/// What is damaged in them is passed over, as by browsers.
/// </summary>
internal static class ExifOrientation
{
    public const int Upright = 1;

    private const int Tag = 274, Short = 3, EntryBytes = 12;

    /// <summary>The orientation; <see cref="Upright"/> where the file asks for none.</summary>
    /// <param name="content">All of the file.</param>
    public static int Find(ReadOnlySpan<byte> content, PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => FindInJpeg(content),
        PictureFormat.Png => FindInPng(content),
        PictureFormat.Webp => FindInWebp(content),
        _ => Upright,
    };

    private static int FindInJpeg(ReadOnlySpan<byte> content)
    {
        JpegMarkers markers = new(content);
        while (markers.MoveNext() && markers.Marker is not (JpegMarkers.StartOfScan or JpegMarkers.EndOfImage))
        {
            // APP1 holds other things too, each under its name.
            if (markers.Marker == JpegMarkers.App1 && markers.Segment.StartsWith("Exif\0"u8)
                && TryRead(markers.Segment, out int orientation))
            {
                return orientation;
            }
        }

        return Upright;
    }

    // Each chunk: length, name, data, checksum.
    private static int FindInPng(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> rest = content[Math.Min(8, content.Length)..];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                break;
            }

            if (rest[4..].StartsWith("eXIf"u8) && TryRead(rest.Slice(8, (int)length), out int orientation))
            {
                return orientation;
            }

            rest = rest[(12 + (int)length)..];
        }

        return Upright;
    }

    // Each chunk: name, length, data, and a byte more where the length is odd. Decoders look at metadata only where the
    // extended header says that there are any.
    private static int FindInWebp(ReadOnlySpan<byte> content)
    {
        const byte hasExif = 8;
        ReadOnlySpan<byte> rest = content[12..];
        if (!rest.StartsWith("VP8X"u8) || rest.Length < 9 || (rest[8] & hasExif) == 0)
        {
            return Upright;
        }

        while (rest.Length >= 8)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
            {
                break;
            }

            if (rest.StartsWith("EXIF"u8) && TryRead(rest.Slice(8, (int)length), out int orientation))
            {
                return orientation;
            }

            rest = rest[Math.Min(rest.Length, 8 + (int)length + (int)(length & 1))..];
        }

        return Upright;
    }

    /// <summary>Reads EXIF data: a TIFF file whose first directory may have the tag.</summary>
    private static bool TryRead(ReadOnlySpan<byte> exif, out int orientation)
    {
        // JPEG puts this name before them; some programs write it into the other formats, too.
        ReadOnlySpan<byte> tiff = exif.StartsWith("Exif\0"u8) && exif.Length > 6 ? exif[6..] : exif;
        orientation = Upright;
        bool isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !(isLittle || tiff.StartsWith("MM\0*"u8)))
        {
            return false;
        }

        uint directory = ReadUInt32(tiff[4..], isLittle);
        if (directory > tiff.Length - 2)
        {
            return false;
        }

        ReadOnlySpan<byte> entries = tiff[(int)directory..];
        int count = ReadUInt16(entries, isLittle);
        entries = entries[2..];
        for (int i = 0; i < count && entries.Length >= EntryBytes; i++, entries = entries[EntryBytes..])
        {
            if (ReadUInt16(entries, isLittle) == Tag && ReadUInt16(entries[2..], isLittle) == Short
                && ReadUInt32(entries[4..], isLittle) == 1)
            {
                orientation = ReadUInt16(entries[8..], isLittle);
                return orientation is >= 1 and <= 8;
            }
        }

        return false;
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
        : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
