using System.Buffers.Binary;

namespace SamNative.Imaging;

/// <summary>
/// Goes through the marker segments of a JPEG file, as ITU-T T.81, annex B, has them. The data of scans between them are
/// passed over: 0xFF 0x00 is a byte of theirs, 0xFF 0xD0 to 0xD7 a restart within them, and 0xFF 0xFF is padding.
/// </summary>
/// <param name="file">All of the file.</param>
internal ref struct JpegMarkers(ReadOnlySpan<byte> file)
{
    public const byte EndOfImage = 0xD9, StartOfScan = 0xDA, HuffmanTables = 0xC4, RestartInterval = 0xDD, App1 = 0xE1;

    private const byte StartOfImage = 0xD8;

    private readonly ReadOnlySpan<byte> content = file;

    /// <summary>The marker's second byte.</summary>
    public byte Marker { get; private set; }

    /// <summary>What stands behind the marker and its length, as far as the file goes.</summary>
    public ReadOnlySpan<byte> Segment { get; private set; }

    /// <summary>Where the segment ends; behind the header of a scan its data begin here.</summary>
    public int Position { get; private set; }

    /// <summary>Whether the marker begins a frame: it says how large the picture is and how it is coded.</summary>
    public readonly bool IsFrame => Marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>Goes to the next marker; false where there is none.</summary>
    public bool MoveNext()
    {
        while (Position < content.Length - 1)
        {
            int skip = content[Position..^1].IndexOf((byte)0xFF);
            if (skip < 0)
            {
                break;
            }

            Position += skip + 1;
            Marker = content[Position];
            if (Marker is not (0x00 or 0xFF or (>= 0xD0 and <= 0xD7)))
            {
                Position++;
                TakeSegment();
                return true;
            }
        }

        return false;
    }

    // The length of a segment counts its own two bytes; the start and the end of the picture have none.
    private void TakeSegment()
    {
        ReadOnlySpan<byte> rest = content[Position..];
        int length = Marker is StartOfImage or EndOfImage || rest.Length < 2
            ? 0
            : Math.Min(BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Length);
        Segment = length > 2 ? rest[2..length] : [];
        Position += length;
    }
}
