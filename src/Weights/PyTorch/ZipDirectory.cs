using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace SamNative.Weights;

/// <summary>
/// Reads a zip archive's directory as strictly as PyTorch writes it: stored records that follow each other from the
/// first byte of the file to the directory, under plain and different names, and each as its own header says. What two
/// readers could understand in two ways is refused.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EntrySignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;
    private const int LocalBytes = 30;

    /// <summary>A record's sizes and checksum follow it, in 12 to 24 bytes.</summary>
    private const int DescriptorFlag = 1 << 3;

    private const int Utf8Flag = 1 << 11;

    private readonly ByteSource bytes;
    private readonly string file;
    private readonly ZipEnd end;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    private ZipDirectory(ByteSource bytes, string file) =>
        (this.bytes, this.file, end) = (bytes, file, ZipEnd.Read(bytes, file));

    /// <summary>Reads and checks the directory and every record's header.</summary>
    /// <returns>The records by name, in the order of the directory, with checksums where the archive keeps any.</returns>
    /// <exception cref="PyTorchException">A rule is broken.</exception>
    public static OrderedDictionary<string, StoredBytes> Read(ByteSource bytes, string file)
    {
        ZipDirectory directory = new(bytes, file);
        directory.ReadEntries();
        return directory.Place();
    }

    private void ReadEntries()
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(end.Length);
        if (!bytes.TryFill(end.Start, content))
        {
            throw PyTorchFile.Shrank(file, end.Start);
        }

        CheckPacking(content);
        int at = 0;
        for (int i = 0; i < end.Records; i++)
        {
            at += ReadEntry(content.AsSpan(at), new FilePlace(file, end.Start + at), i);
        }

        if (at != content.Length)
        {
            throw new FilePlace(file, end.Start + at).Error(
                PyTorchError.InvalidDirectory, $"{content.Length - at} bytes follow the last entry of the directory.");
        }
    }

    /// <summary>
    /// Tells an archive that somebody has put a file of weights into: torch.save puts none under such a name. Goes through
    /// the names as far as they can be read, before any rule is asked for.
    /// </summary>
    private void CheckPacking(ReadOnlySpan<byte> content)
    {
        List<string> packed = [];
        while (content.Length >= ZipEnd.EntryBytes && UInt32(content) == EntrySignature)
        {
            int nameLength = UInt16(content[28..]);
            int length = ZipEnd.EntryBytes + nameLength + UInt16(content[30..]) + UInt16(content[32..]);
            if (length > content.Length)
            {
                break;
            }

            string name = Encoding.UTF8.GetString(content.Slice(ZipEnd.EntryBytes, nameLength));
            if (name.EndsWith("data.pkl", StringComparison.Ordinal))
            {
                return;
            }

            if (CheckpointFile.HasKnownExtension(name))
            {
                packed.Add(Printable.Quote(name));
            }

            content = content[length..];
        }

        if (packed.Count > 0)
        {
            throw new FilePlace(file, end.Start).Error(
                PyTorchError.PackedModel, $"the file is a zip archive with {Printable.List(packed, packed.Count)} in it.");
        }
    }

    /// <summary>Reads one entry.</summary>
    /// <returns>Its length.</returns>
    private int ReadEntry(ReadOnlySpan<byte> content, FilePlace place, int index)
    {
        if (content.Length < ZipEnd.EntryBytes || UInt32(content) != EntrySignature)
        {
            throw place.Error(PyTorchError.InvalidDirectory, "no entry of the directory begins here.");
        }

        int nameLength = UInt16(content[28..]);
        int extraLength = UInt16(content[30..]);
        int length = ZipEnd.EntryBytes + nameLength + extraLength;
        if (length > content.Length || UInt16(content[32..]) != 0)
        {
            throw place.Error(PyTorchError.InvalidDirectory, "an entry reaches beyond the directory, or has a comment.");
        }

        string name = ReadName(content.Slice(ZipEnd.EntryBytes, nameLength), place);
        int flags = UInt16(content[8..]);
        if ((flags & ~(DescriptorFlag | Utf8Flag)) != 0)
        {
            throw place.Error(
                PyTorchError.UnsupportedFlags, $"the record {Printable.Quote(name)} is encrypted or has unknown flags.");
        }

        if (UInt16(content[10..]) != 0)
        {
            throw place.Error(PyTorchError.CompressedRecord, $"the record {Printable.Quote(name)} is compressed.");
        }

        ZipSizes sizes = ZipSizes.Read(content, content.Slice(ZipEnd.EntryBytes + nameLength, extraLength), place);
        Entry entry = new(place, index, nameLength, flags, UInt32(content[16..]), sizes.Length, sizes.HeaderStart);
        if (!entries.TryAdd(name, entry))
        {
            throw place.Error(PyTorchError.DuplicateRecord, $"the record {Printable.Quote(name)} is there twice.");
        }

        return length;
    }

    /// <summary>The checked name: parts between slashes, none of them empty, dots alone, or with a strange character.</summary>
    private static string ReadName(ReadOnlySpan<byte> utf8, FilePlace place)
    {
        string name = Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : "";
        bool isPlain = name.Split('/').All(part => part.Length > 0 && part is not ("." or ".."))
            && !name.Any(c => char.IsControl(c) || c is '\\' or ':');
        return isPlain
            ? name
            : throw place.Error(
                PyTorchError.InvalidRecordName,
                $"the record name {Printable.Quote(Encoding.Latin1.GetString(utf8))} is not a plain relative path.");
    }

    /// <summary>Walks the records in the order of the file and finds where the values of each begin.</summary>
    private OrderedDictionary<string, StoredBytes> Place()
    {
        StoredBytes[] places = new StoredBytes[entries.Count];

        // An archive written without checksums has zeros throughout; a single zero is a checksum like any other.
        bool hasChecksums = entries.Values.Any(entry => entry.Crc != 0);
        (long behind, int gap) = (0, 0);
        foreach ((string name, Entry entry) in entries.OrderBy(pair => pair.Value.HeaderStart))
        {
            CheckStart(entry.HeaderStart, behind, gap, name);
            long start = ReadLocal(name, entry);
            if (entry.Length > end.Start - start)
            {
                throw entry.Place.Error(
                    PyTorchError.RecordPlacement, $"the record {Printable.Quote(name)} reaches beyond its place.");
            }

            (behind, gap) = (start + entry.Length, entry.Flags & DescriptorFlag);
            places[entry.Index] = new StoredBytes(start, entry.Length, hasChecksums ? entry.Crc : null);
        }

        CheckStart(end.Start, behind, gap, "the directory");
        OrderedDictionary<string, StoredBytes> records = new(entries.Count, StringComparer.Ordinal);
        foreach ((string name, Entry entry) in entries)
        {
            records.Add(name, places[entry.Index]);
        }

        return records;
    }

    /// <summary>What follows a record begins right behind it, or behind the sizes and checksum that may be there.</summary>
    private void CheckStart(long start, long behind, int gap, string what)
    {
        long distance = start - behind;
        if (gap == 0 ? distance != 0 : distance is not (12 or 16 or 20 or 24))
        {
            throw new FilePlace(file, behind).Error(
                PyTorchError.RecordPlacement, $"{Printable.Quote(what)} begins at {start}, not right behind what is here.");
        }
    }

    /// <summary>Compares a record's own header with the directory.</summary>
    /// <returns>Where its values begin.</returns>
    private long ReadLocal(string name, Entry entry)
    {
        FilePlace place = new(file, entry.HeaderStart);
        byte[] header = new byte[LocalBytes + entry.NameLength];
        if (header.Length > end.Start - entry.HeaderStart)
        {
            throw entry.Place.Error(
                PyTorchError.RecordPlacement, $"the record {Printable.Quote(name)} reaches beyond its place.");
        }

        if (!bytes.TryFill(entry.HeaderStart, header))
        {
            throw PyTorchFile.Shrank(file, entry.HeaderStart);
        }

        ReadOnlySpan<byte> local = header;
        bool agrees = UInt32(local) == LocalSignature
            && UInt16(local[6..]) == entry.Flags
            && UInt16(local[8..]) == 0
            && entry.MayState(UInt32(local[14..]), entry.Crc)
            && entry.MayState(UInt32(local[18..]), entry.Length)
            && entry.MayState(UInt32(local[22..]), entry.Length)
            && UInt16(local[26..]) == entry.NameLength
            && Encoding.UTF8.GetString(local[LocalBytes..]) == name;
        return agrees
            ? entry.HeaderStart + header.Length + UInt16(local[28..])
            : throw place.Error(
                PyTorchError.LocalHeaderMismatch,
                $"the record {Printable.Quote(name)} is another one in the directory than in its own header.");
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>What the directory says of a record.</summary>
    private sealed record Entry(
        FilePlace Place, int Index, int NameLength, int Flags, uint Crc, long Length, long HeaderStart)
    {
        /// <summary>Whether a record's own header may have a value where the directory has another.</summary>
        public bool MayState(uint local, long central) => local == central
            || (local == 0 && (Flags & DescriptorFlag) != 0)
            || (local == uint.MaxValue && central >= uint.MaxValue);
    }
}
