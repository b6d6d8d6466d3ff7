using System.Buffers.Binary;

namespace SamNative.Weights;

/// <summary>
/// The checksum of zip archives and of PNG (ISO 3309), reflected polynomial 0xEDB88320, eight bytes at a time. Our own because the runtime
/// keeps its one to itself and this library needs the runtime alone.
/// </summary>
internal static class Crc32
{
    private const int Slices = 8;
    private static readonly uint[] table = MakeTable();

    /// <summary>The checksum of bytes, or of what came before and them.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> t = table;
        crc = ~crc;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]);
            crc = t[(7 << 8) + (int)(low & 0xFF)]
                ^ t[(6 << 8) + (int)((low >> 8) & 0xFF)]
                ^ t[(5 << 8) + (int)((low >> 16) & 0xFF)]
                ^ t[(4 << 8) + (int)(low >> 24)]
                ^ t[(3 << 8) + (int)(high & 0xFF)]
                ^ t[(2 << 8) + (int)((high >> 8) & 0xFF)]
                ^ t[(1 << 8) + (int)((high >> 16) & 0xFF)]
                ^ t[(int)(high >> 24)];
        }

        foreach (byte b in bytes)
        {
            crc = (crc >> 8) ^ t[(int)((crc ^ b) & 0xFF)];
        }

        return ~crc;
    }

    /// <summary>Entry [slice, byte]: what a byte does to the checksum when so many bytes follow it.</summary>
    private static uint[] MakeTable()
    {
        uint[] entries = new uint[Slices << 8];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }

            entries[value] = crc;
        }

        for (int i = 256; i < entries.Length; i++)
        {
            entries[i] = (entries[i - 256] >> 8) ^ entries[entries[i - 256] & 0xFF];
        }

        return entries;
    }
}
