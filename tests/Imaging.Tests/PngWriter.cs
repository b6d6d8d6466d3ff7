using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SamNative.Tests.Support;

namespace SamNative.Imaging.Tests;

/// <summary>Writes PNG files of any kind, also with headers that lie.</summary>
internal sealed class PngWriter : IDisposable
{
    private readonly MemoryStream file = new();

    public PngWriter(int width, int height, byte depth, byte colourType)
    {
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colourType;
        Chunk("IHDR", header);
    }

    /// <summary>A whole picture: the rows of samples without their filter bytes.</summary>
    public static byte[] Picture(int width, int height, byte depth, byte colourType, byte[] samples)
    {
        using PngWriter writer = new(width, height, depth, colourType);
        return writer.Rows(height, samples).End();
    }

    public PngWriter Chunk(string type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Checksum.Crc32(chunk.AsSpan(4, data.Length + 4)));
        file.Write(chunk);
        return this;
    }

    public PngWriter Rows(int height, byte[] samples)
    {
        using MemoryStream deflated = new();
        using (ZLibStream deflate = new(deflated, CompressionLevel.Optimal))
        {
            int rowBytes = samples.Length / height;
            for (int y = 0; y < height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(samples, y * rowBytes, rowBytes);
            }
        }

        return Chunk("IDAT", deflated.ToArray());
    }

    public byte[] End()
    {
        Chunk("IEND", []);
        return file.ToArray();
    }

    public void Dispose() => file.Dispose();
}
