using System.Buffers.Binary;
using System.IO.Compression;
using SamNative.Tests.Support;

namespace SamNative.Imaging.Tests;

/// <summary>
/// A second opinion on PNG: reads 8-bit pictures that are not interlaced by the words of the specification (W3C,
/// Portable Network Graphics, sections 5 and 9), with nothing of Imaging in it.
/// </summary>
internal sealed record PngPixels(int Width, int Height, int Channels, byte[] Samples)
{
    public static PngPixels Read(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];
        Verify.That(file.StartsWith(signature), "no PNG file");
        ReadOnlySpan<byte> header = file[16..];
        int width = BinaryPrimitives.ReadInt32BigEndian(header);
        int height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        Verify.That(header[8] == 8, $"{header[8]} bits a sample");
        Verify.That(header[12] == 0, "interlaced");
        int channels = header[9] switch
        {
            0 => 1,
            2 => 3,
            6 => 4,
            _ => throw new NotSupportedException($"colour type {header[9]}"),
        };

        using MemoryStream deflated = new();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (file.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                deflated.Write(file.Slice(at + 8, length));
            }

            at += length + 12;
        }

        deflated.Position = 0;
        using ZLibStream inflate = new(deflated, CompressionMode.Decompress);
        return new PngPixels(width, height, channels, Unfilter(inflate, width * channels, height, channels));
    }

    public ReadOnlySpan<byte> Pixel(int x, int y) => Samples.AsSpan(((y * Width) + x) * Channels, Channels);

    private static byte[] Unfilter(ZLibStream rows, int rowBytes, int height, int step)
    {
        byte[] samples = new byte[rowBytes * height];
        byte[] above = new byte[rowBytes];
        byte[] row = new byte[rowBytes];
        for (int y = 0; y < height; y++)
        {
            int filter = rows.ReadByte();
            rows.ReadExactly(row);
            for (int i = 0; i < rowBytes; i++)
            {
                int a = i < step ? 0 : row[i - step], b = above[i], c = i < step ? 0 : above[i - step];
                row[i] += (byte)(filter switch
                {
                    0 => 0,
                    1 => a,
                    2 => b,
                    3 => (a + b) / 2,
                    4 => Paeth(a, b, c),
                    _ => throw new NotSupportedException($"filter {filter}"),
                });
            }

            row.CopyTo(samples, y * rowBytes);
            (above, row) = (row, above);
        }

        Verify.That(rows.ReadByte() == -1, "more data than rows");
        return samples;
    }

    private static int Paeth(int a, int b, int c)
    {
        int fromA = Math.Abs(b - c), fromB = Math.Abs(a - c), fromC = Math.Abs(a + b - c - c);
        return fromA <= fromB && fromA <= fromC ? a : fromB <= fromC ? b : c;
    }
}
