using System.Buffers.Binary;

namespace SamNative.Weights;

/// <summary>Where a zip archive's directory is. Only one place of the file can say so: its very end.</summary>
/// <param name="Records">The number of entries.</param>
/// <param name="Start">Where the directory begins, in bytes from the start of the file.</param>
/// <param name="Length">Its size in bytes; it ends where the end records begin.</param>
internal readonly record struct ZipEnd(int Records, long Start, int Length)
{
    /// <summary>Our limit of records.</summary>
    public const int MaxRecords = 100_000;

    /// <summary>Our limit of the directory in bytes.</summary>
    public const int MaxDirectoryBytes = 64 << 20;

    /// <summary>An entry of the directory without its name and extra fields.</summary>
    public const int EntryBytes = 46;

    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const uint EndSignature = 0x06054B50;
    private const uint LocatorSignature = 0x07064B50;
    private const uint End64Signature = 0x06064B50;

    /// <summary>Reads the end records, and checks them against each other and the file.</summary>
    /// <exception cref="PyTorchException">A rule is broken.</exception>
    public static ZipEnd Read(ByteSource bytes, string file)
    {
        long fileLength = bytes.Length;
        int tailLength = (int)Math.Min(fileLength, EndBytes + LocatorBytes + End64Bytes);
        Span<byte> tail = stackalloc byte[tailLength];
        FilePlace place = new(file, fileLength - tailLength);
        if (!bytes.TryFill(place.Position, tail))
        {
            throw PyTorchFile.Shrank(file, place.Position);
        }

        if (tail.Length < EndBytes || UInt32(tail[^EndBytes..]) != EndSignature)
        {
            throw place.Error(PyTorchError.NoEndRecord, "the file does not end as a zip archive does.");
        }

        Fields end = ReadEnd(tail[^EndBytes..], place);
        int endsBytes = EndBytes;
        ReadOnlySpan<byte> front = tail[..^EndBytes];
        if (front.Length >= LocatorBytes && UInt32(front[^LocatorBytes..]) == LocatorSignature)
        {
            endsBytes += LocatorBytes + End64Bytes;
            Fields end64 = ReadEnd64(front, fileLength - endsBytes, place);
            if (!end.Stands(end64))
            {
                throw place.Error(PyTorchError.InvalidEndRecord, "the two end records contradict each other.");
            }

            end = end64;
        }

        return Check(end, fileLength - endsBytes, place);
    }

    private static ZipEnd Check(Fields end, long directoryEnd, FilePlace place)
    {
        if (end.Records > MaxRecords)
        {
            throw place.Error(PyTorchError.TooManyRecords, $"the archive claims {end.Records} records.");
        }

        if (end.Length > MaxDirectoryBytes)
        {
            throw place.Error(PyTorchError.DirectoryTooLarge, $"the archive's directory claims {end.Length} bytes.");
        }

        // Nothing is allocated for a directory that the file does not hold.
        if (end.Start > (ulong)directoryEnd || end.Start + end.Length != (ulong)directoryEnd)
        {
            throw place.Error(
                PyTorchError.InvalidEndRecord,
                $"the directory of {end.Length} bytes at {end.Start} does not end at {directoryEnd}, where its end record is.");
        }

        return end.Records * EntryBytes <= end.Length
            ? new ZipEnd((int)end.Records, (long)end.Start, (int)end.Length)
            : throw place.Error(
                PyTorchError.InvalidEndRecord, $"{end.Records} records do not fit a directory of {end.Length} bytes.");
    }

    private static Fields ReadEnd(ReadOnlySpan<byte> end, FilePlace place)
    {
        if (UInt16(end[20..]) != 0)
        {
            throw place.Error(PyTorchError.InvalidEndRecord, "the archive has a comment.");
        }

        RequireOneDisk(UInt16(end[4..]) == 0 && UInt16(end[6..]) == 0, place);
        RequireOneCount(UInt16(end[8..]), UInt16(end[10..]), place);
        return new Fields(UInt16(end[10..]), UInt32(end[12..]), UInt32(end[16..]));
    }

    /// <summary>The larger fields, of an end record right in front of the locator.</summary>
    private static Fields ReadEnd64(ReadOnlySpan<byte> front, long end64Start, FilePlace place)
    {
        ReadOnlySpan<byte> locator = front[^LocatorBytes..];
        RequireOneDisk(UInt32(locator[4..]) == 0 && UInt32(locator[16..]) == 1, place);
        if (front.Length < End64Bytes + LocatorBytes
            || UInt64(locator[8..]) != (ulong)end64Start
            || UInt32(front) != End64Signature
            || UInt64(front[4..]) != End64Bytes - 12)
        {
            throw place.Error(PyTorchError.InvalidEndRecord, "the archive's 64-bit end record is not where it should be.");
        }

        RequireOneDisk(UInt32(front[16..]) == 0 && UInt32(front[20..]) == 0, place);
        RequireOneCount(UInt64(front[24..]), UInt64(front[32..]), place);
        return new Fields(UInt64(front[32..]), UInt64(front[40..]), UInt64(front[48..]));
    }

    private static void RequireOneDisk(bool isOne, FilePlace place)
    {
        if (!isOne)
        {
            throw place.Error(PyTorchError.SplitArchive, "the archive is one of several parts.");
        }
    }

    private static void RequireOneCount(ulong here, ulong total, FilePlace place)
    {
        if (here != total)
        {
            throw place.Error(PyTorchError.SplitArchive, $"{here} of the archive's {total} records are in this part.");
        }
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong UInt64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    /// <summary>What an end record says.</summary>
    private readonly record struct Fields(ulong Records, ulong Length, ulong Start)
    {
        /// <summary>Whether these small fields agree with the large ones, or leave it to them.</summary>
        public bool Stands(Fields large) =>
            (Records == large.Records || Records == ushort.MaxValue)
            && (Length == large.Length || Length == uint.MaxValue)
            && (Start == large.Start || Start == uint.MaxValue);
    }
}
