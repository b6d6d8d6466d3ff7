using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SamNative.Weights.Tests;

/// <summary>
/// A zip archive as torch.save writes it: stored records with padded headers and descriptors behind, a 64-bit end
/// record. Everything can be overwritten, at places that it knows.
/// </summary>
internal sealed class RawZip
{
    private readonly List<byte> written = [];
    private readonly List<int> locals = [];
    private readonly List<int> centrals = [];
    private readonly List<int> data = [];

    public RawZip(params (string Name, byte[] Content)[] records)
        : this(records, flags: 0x0808)
    {
    }

    /// <summary>An archive with other flags, without checksums, in front of something, or of the old 32-bit form.</summary>
    public RawZip(
        (string Name, byte[] Content)[] records,
        ushort flags,
        bool checksums = true,
        bool zip64 = true,
        int descriptorBytes = 16,
        byte[]? prefix = null)
    {
        written.AddRange(prefix ?? []);
        uint[] sums = [.. records.Select(record => checksums ? Crc(record.Content) : 0)];
        for (int i = 0; i < records.Length; i++)
        {
            WriteRecord(records[i].Name, records[i].Content, sums[i], flags, descriptorBytes);
        }

        Directory = written.Count;
        for (int i = 0; i < records.Length; i++)
        {
            WriteEntry(records[i].Name, records[i].Content, sums[i], flags, locals[i]);
        }

        WriteEnds(records.Length, zip64);
        Bytes = [.. written];
    }

    public byte[] Bytes { get; private set; }

    /// <summary>Where the directory begins.</summary>
    public int Directory { get; }

    /// <summary>Where the end record begins.</summary>
    public int End { get; private set; }

    /// <summary>Where the locator of the 64-bit end record begins.</summary>
    public int Locator { get; private set; }

    /// <summary>Where the 64-bit end record begins.</summary>
    public int End64 { get; private set; }

    /// <summary>An archive of a pickle and the one storage that <see cref="RawPickle.OneTensor"/> names.</summary>
    public static RawZip Of(byte[] pickle, int storageBytes = 24) =>
        new(("a/data.pkl", pickle), ("a/data/0", Content(storageBytes)));

    /// <summary>The good archive that most lies begin with.</summary>
    public static RawZip Good() => Of(RawPickle.OneTensor());

    /// <summary>Small floats, so that nothing is infinite.</summary>
    public static byte[] Content(int length) =>
        [.. Enumerable.Range(0, (length + 3) / 4).SelectMany(i => BitConverter.GetBytes(i + 1f)).Take(length)];

    /// <summary>Where a record's own header begins.</summary>
    public int Local(int index) => locals[index];

    /// <summary>Where a record's entry in the directory begins.</summary>
    public int Central(int index) => centrals[index];

    /// <summary>Where a record's content begins.</summary>
    public int Data(int index) => data[index];

    public RawZip Put(int at, params byte[] values)
    {
        values.CopyTo(Bytes, at);
        return this;
    }

    public RawZip Put16(int at, ushort value) => Put(at, BitConverter.GetBytes(value));

    public RawZip Put32(int at, uint value) => Put(at, BitConverter.GetBytes(value));

    public RawZip Put64(int at, ulong value) => Put(at, BitConverter.GetBytes(value));

    /// <summary>Inserts bytes, and nothing else changes.</summary>
    public byte[] Insert(int at, params byte[] values) => [.. Bytes[..at], .. values, .. Bytes[at..]];

    /// <summary>The checksum, by the runtime's own code: it writes it behind a gzip stream.</summary>
    private static uint Crc(byte[] content)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.NoCompression, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return packed.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(packed.ToArray().AsSpan()[^8..]);
    }

    private void WriteRecord(string name, byte[] content, uint crc, ushort flags, int descriptorBytes)
    {
        bool hasDescriptor = (flags & 8) != 0;
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        byte[] extra = [(byte)'F', (byte)'B', 6, 0, .. "ZZZZZZ"u8];
        locals.Add(written.Count);
        Write32(0x04034B50).Write16(0).Write16(flags).Write16(0).Write32(0);
        Write32(hasDescriptor ? 0 : crc);
        Write32(hasDescriptor ? 0 : (uint)content.Length).Write32(hasDescriptor ? 0 : (uint)content.Length);
        Write16((ushort)utf8.Length).Write16((ushort)extra.Length);
        written.AddRange(utf8);
        written.AddRange(extra);
        data.Add(written.Count);
        written.AddRange(content);
        if (hasDescriptor)
        {
            byte[] descriptor = new byte[descriptorBytes];
            written.AddRange(descriptor);
        }
    }

    private void WriteEntry(string name, byte[] content, uint crc, ushort flags, int local)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        centrals.Add(written.Count);
        Write32(0x02014B50).Write16(0).Write16(0).Write16(flags).Write16(0).Write32(0).Write32(crc);
        Write32((uint)content.Length).Write32((uint)content.Length).Write16((ushort)utf8.Length).Write16(0).Write16(0);
        Write16(0).Write16(0).Write32(0).Write32((uint)local);
        written.AddRange(utf8);
    }

    private void WriteEnds(int records, bool zip64)
    {
        uint length = (uint)(written.Count - Directory);
        if (zip64)
        {
            End64 = written.Count;
            Write32(0x06064B50).Write64(44).Write16(0x031E).Write16(45).Write32(0).Write32(0);
            Write64((ulong)records).Write64((ulong)records).Write64(length).Write64((ulong)Directory);
            Locator = written.Count;
            Write32(0x07064B50).Write32(0).Write64((ulong)End64).Write32(1);
        }

        End = written.Count;
        Write32(0x06054B50).Write16(0).Write16(0).Write16((ushort)records).Write16((ushort)records);
        Write32(length).Write32((uint)Directory).Write16(0);
    }

    private RawZip Write16(ushort value) => Write(BitConverter.GetBytes(value));

    private RawZip Write32(uint value) => Write(BitConverter.GetBytes(value));

    private RawZip Write64(ulong value) => Write(BitConverter.GetBytes(value));

    private RawZip Write(byte[] value)
    {
        written.AddRange(value);
        return this;
    }
}
