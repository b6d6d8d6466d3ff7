namespace SamNative.Tests.Support;

/// <summary>The checksum of PNG and ZIP (ISO 3309), for files that tests make; it shares nothing with the library's own.</summary>
public static class Checksum
{
    private static readonly uint[] table = [.. Enumerable.Range(0, 256).Select(i => Shift((uint)i))];

    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint Shift(uint crc)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return crc;
    }
}
