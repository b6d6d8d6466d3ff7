using System.Buffers.Binary;
using SamNative.Imaging;
using SamNative.Tests.Support;

namespace SamNative.Fuzz;

/// <summary>Pictures of every format that Imaging accepts.</summary>
internal static class PictureTarget
{
    public const string Name = "pictures";

    private const int PngSignature = 8;
    private const int PngChunk = 12;

    private static readonly ImageLimits limits = new() { MaxDecodedBytes = 1 << 21 };

    public static FuzzTarget Make() => new(
        Name,
        Seeds(),
        [
            "\x89PNG\r\n\x1a\n", "IHDR", "IDAT", "IEND", "PLTE", "tRNS", "acTL", "fdAT", "eXIf", "\xFF\xD8\xFF", "\xFF\xC0",
            "\xFF\xC2", "\xFF\xDA", "\xFF\xD9", "\xFF\xE1", "Exif\0\0MM\0*", "RIFF", "WEBP", "VP8 ", "VP8L", "VP8X", "ALPH",
            "ANIM", "ANMF", "BM", "GIF89a", "GIF87a", "\x21\xF9\x04", "\x21\xFF\x0B", "\0\0\0\0", "\xFF\xFF\xFF\xFF",
        ],
        file =>
        {
            DecodedImage image = ImageFile.Load(file, limits: limits);
            if (image.Width < 1 || image.Height < 1 || image.Rgb.Length != (long)image.Width * image.Height * 3)
            {
                throw new InvalidOperationException($"{image.Width} x {image.Height} has {image.Rgb.Length} bytes.");
            }
        },
        [typeof(ImageFormatException)],
        MaxBytes: 8 << 20)
    {
        Repair = RepairChecksums,
    };

    private static byte[][] Seeds()
    {
        string folder = Path.Combine(ReferenceData.Root, "tests", "Imaging.Tests", "Pictures");
        IEnumerable<string> pictures = Directory.GetFiles(folder)
            .Where(path => !path.EndsWith(".md", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return [.. pictures.Append(ReferenceData.Find("tree_small.png")).Select(File.ReadAllBytes)];
    }

    /// <summary>The checksum of every whole chunk of a PNG file, or the first wrong one would end the reading.</summary>
    private static byte[] RepairChecksums(byte[] file)
    {
        for (long at = PngSignature; at + PngChunk <= file.Length;)
        {
            Span<byte> chunk = file.AsSpan((int)at);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (file[0] != 0x89 || length > chunk.Length - PngChunk)
            {
                break;
            }

            Span<byte> covered = chunk.Slice(sizeof(uint), (int)length + sizeof(uint));
            BinaryPrimitives.WriteUInt32BigEndian(chunk[(sizeof(uint) + covered.Length)..], Checksum.Crc32(covered));
            at += PngChunk + length;
        }

        return file;
    }
}
