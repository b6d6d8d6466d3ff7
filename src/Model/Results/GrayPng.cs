using System.Buffers.Binary;
using System.IO.Compression;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// PNG in gray with 8 or 16 bits a sample (W3C, Portable Network Graphics, third edition). Written by hand because the
/// library has no picture codec, and SkiaSharp, which others have, neither writes nor reads 16 bits of gray.
/// </summary>
internal static class GrayPng
{
    private const int HeaderLength = 13;
    private const int Gray = 0;
    private const byte Up = 2;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads a mask: what is not 0 is in.</summary>
    public static SamMask ReadMask(ReadOnlySpan<byte> content, string name, MaskFileLimits limits)
    {
        (byte[] samples, ImageSize size) = Read(content, name, 8, limits);
        return SamMask.FromBytes(samples, size.Width, size.Height);
    }

    /// <summary>Writes a picture. Most rows are nearly those above them, which the filter Up turns into zeros.</summary>
    /// <param name="depth">8 or 16.</param>
    /// <param name="copyRow">Fills a row with its samples, the high byte first.</param>
    public static void Write(
        ImageSize size, int depth, Action<int, Span<byte>> copyRow, Stream destination,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        destination.Write(Signature);
        byte[] header = new byte[HeaderLength];
        BinaryPrimitives.WriteInt32BigEndian(header, size.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), size.Height);
        header[8] = (byte)depth;
        WriteChunk("IHDR"u8, header, destination);
        using MemoryStream deflated = new();
        using (ZLibStream deflate = new(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            int rowBytes = size.Width * depth / 8;
            byte[] above = new byte[rowBytes], row = new byte[rowBytes], filtered = new byte[rowBytes + 1];
            filtered[0] = Up;
            for (int y = 0; y < size.Height; y++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                copyRow(y, row);
                for (int i = 0; i < rowBytes; i++)
                {
                    filtered[i + 1] = (byte)(row[i] - above[i]);
                }

                deflate.Write(filtered);
                (above, row) = (row, above);
            }
        }

        WriteChunk("IDAT"u8, deflated.GetBuffer().AsSpan(0, (int)deflated.Length), destination);
        WriteChunk("IEND"u8, [], destination);
    }

    /// <summary>Reads a picture of the wanted depth, whole.</summary>
    /// <returns>The samples row by row, the high byte first.</returns>
    /// <exception cref="MaskFormatException">It is none, is damaged or too large.</exception>
    public static (byte[] Samples, ImageSize Size) Read(
        ReadOnlySpan<byte> content, string name, int depth, MaskFileLimits limits)
    {
        limits.CheckBytes(content.Length, name);
        if (!content.StartsWith(Signature))
        {
            throw Damaged(name, 0, "this is no PNG");
        }

        int at = Signature.Length;
        ReadOnlySpan<byte> header = ReadChunk(content, name, ref at, out ReadOnlySpan<byte> type);
        if (!type.SequenceEqual("IHDR"u8) || header.Length != HeaderLength)
        {
            throw Damaged(name, Signature.Length, "the header is missing");
        }

        ImageSize size = ReadHeader(header, name, depth, limits);
        using MemoryStream deflated = new();
        for (bool ended = false; !ended;)
        {
            int start = at;
            ReadOnlySpan<byte> data = ReadChunk(content, name, ref at, out type);
            if (type.SequenceEqual("IDAT"u8))
            {
                deflated.Write(data);
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                ended = true;
            }
            else if ((type[0] & 0x20) == 0)
            {
                // A capital letter marks what must be understood to show the picture.
                throw Damaged(name, start, "a part of it does not belong in a gray picture");
            }
        }

        if (at != content.Length)
        {
            throw Damaged(name, at, "something follows the end of the picture");
        }

        deflated.Position = 0;
        return (Inflate(deflated, size, depth, name), size);
    }

    private static ImageSize ReadHeader(ReadOnlySpan<byte> header, string name, int depth, MaskFileLimits limits)
    {
        bool fits = header[8] == depth && header[9] == Gray && header[10] == 0 && header[11] == 0 && header[12] == 0;
        if (!fits)
        {
            throw new MaskFormatException(
                MaskFormatError.BadStructure, name, Signature.Length,
                $"the picture must have {depth} bits of gray a pixel, not interlaced. Save it so.");
        }

        ImageSize size = new(
            BinaryPrimitives.ReadInt32BigEndian(header[4..]), BinaryPrimitives.ReadInt32BigEndian(header));
        limits.CheckSize(size, name);
        return size;
    }

    private static byte[] Inflate(MemoryStream deflated, ImageSize size, int depth, string name)
    {
        try
        {
            using ZLibStream inflate = new(deflated, CompressionMode.Decompress);
            int rowBytes = size.Width * depth / 8;
            byte[] samples = new byte[rowBytes * size.Height];
            ReadOnlySpan<byte> above = new byte[rowBytes];
            for (int y = 0; y < size.Height; y++)
            {
                int filter = inflate.ReadByte();
                Span<byte> row = samples.AsSpan(y * rowBytes, rowBytes);
                inflate.ReadExactly(row);
                if (!TryUnfilter(filter, row, above, depth / 8))
                {
                    throw Damaged(name, 0, $"row {y} is filtered in an unknown way");
                }

                above = row;
            }

            return inflate.ReadByte() < 0 ? samples : throw Damaged(name, 0, "there are more rows than the header says");
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(name, 0, "the compressed rows are damaged or end early");
        }
    }

    private static bool TryUnfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        for (int i = 0; filter != 0 && i < row.Length; i++)
        {
            int a = i < step ? 0 : row[i - step], b = above[i], c = i < step ? 0 : above[i - step];
            row[i] += (byte)(filter switch
            {
                1 => a,
                Up => b,
                3 => (a + b) / 2,
                _ => Paeth(a, b, c),
            });
        }

        return filter is >= 0 and <= 4;
    }

    private static int Paeth(int a, int b, int c)
    {
        int fromA = Math.Abs(b - c), fromB = Math.Abs(a - c), fromC = Math.Abs(a + b - c - c);
        return fromA <= fromB && fromA <= fromC ? a : fromB <= fromC ? b : c;
    }

    private static ReadOnlySpan<byte> ReadChunk(
        ReadOnlySpan<byte> content, string name, ref int at, out ReadOnlySpan<byte> type)
    {
        int start = at;
        ReadOnlySpan<byte> rest = content[start..];
        uint length = rest.Length >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(rest) : uint.MaxValue;
        if (length > rest.Length - 12)
        {
            throw Damaged(name, start, "it ends early");
        }

        int end = 8 + (int)length;
        if (BinaryPrimitives.ReadUInt32BigEndian(rest[end..]) != Crc32.Append(0, rest[4..end]))
        {
            throw Damaged(name, start, "a checksum does not match");
        }

        at = start + end + 4;
        type = rest[4..8];
        return rest[8..end];
    }

    private static void WriteChunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, Stream destination)
    {
        byte[] chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Crc32.Append(0, chunk.AsSpan(4, data.Length + 4)));
        destination.Write(chunk);
    }

    private static MaskFormatException Damaged(string name, int offset, string what) => new(
        MaskFormatError.BadSyntax, name, offset, $"byte {offset}: {what}. Copy or make the file again.");
}
