using System.Buffers.Binary;

namespace SamNative.Weights;

/// <summary>A record's size and place, from the 32-bit fields of its entry or the 64-bit ones that stand in for them.</summary>
/// <param name="Length">The size in bytes.</param>
/// <param name="HeaderStart">Where the record's own header is, in bytes from the start of the file.</param>
internal readonly record struct ZipSizes(long Length, long HeaderStart)
{
    private const int Zip64Id = 1;

    /// <summary>Reads them.</summary>
    /// <param name="entry">The entry of the directory.</param>
    /// <param name="extra">Its extra fields.</param>
    /// <param name="place">Where the entry is.</param>
    /// <exception cref="PyTorchException">They are malformed, or those of a compressed record.</exception>
    public static ZipSizes Read(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra, FilePlace place)
    {
        ReadOnlySpan<byte> large = FindZip64(extra, place);
        ulong length = Take(entry[24..], ref large, place);
        ulong stored = Take(entry[20..], ref large, place);
        ulong start = Take(entry[42..], ref large, place);
        if (BinaryPrimitives.ReadUInt16LittleEndian(entry[34..]) != 0)
        {
            throw place.Error(PyTorchError.SplitArchive, "the archive is one of several parts.");
        }

        if (stored != length)
        {
            throw place.Error(
                PyTorchError.CompressedRecord, $"a record of {length} bytes takes {stored} in the archive.");
        }

        return length <= long.MaxValue && start <= long.MaxValue && large.IsEmpty
            ? new ZipSizes((long)length, (long)start)
            : throw place.Error(PyTorchError.InvalidDirectory, "an entry's sizes are impossible.");
    }

    /// <summary>A 32-bit field, or the next 64-bit one where it has all bits set.</summary>
    private static ulong Take(ReadOnlySpan<byte> field, ref ReadOnlySpan<byte> large, FilePlace place)
    {
        uint small = BinaryPrimitives.ReadUInt32LittleEndian(field);
        if (small != uint.MaxValue)
        {
            return small;
        }

        if (!BinaryPrimitives.TryReadUInt64LittleEndian(large, out ulong value))
        {
            throw place.Error(PyTorchError.InvalidDirectory, "an entry lacks a 64-bit size that it refers to.");
        }

        large = large[sizeof(ulong)..];
        return value;
    }

    private static ReadOnlySpan<byte> FindZip64(ReadOnlySpan<byte> extra, FilePlace place)
    {
        ReadOnlySpan<byte> found = [];
        while (!extra.IsEmpty)
        {
            int length = extra.Length < 4 ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                throw place.Error(PyTorchError.InvalidDirectory, "an entry's extra fields do not end where they should.");
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == Zip64Id)
            {
                found = extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return found;
    }
}
