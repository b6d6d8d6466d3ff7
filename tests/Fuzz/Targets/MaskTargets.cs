using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace SamNative.Fuzz;

/// <summary>
/// Masks as run lengths, COCO's compressed ones and plain ones. A file is width and height (16 bits each, little
/// endian) and the runs behind them.
/// </summary>
internal static class MaskTargets
{
    public const string CocoName = "coco_rle";
    public const string RunsName = "rle";

    private const int SizeBytes = 2 * sizeof(ushort);
    private const int MaxSide = 2048;

    public static FuzzTarget Coco() => new(
        CocoName,
        [.. Masks().Select(mask => Sized(mask, Encoding.Latin1.GetBytes(mask.ToCocoRle())))],
        ["0", "o", "P", "_", "00", "oooooo0", "oooooooo", "ooooooO", "PPPPPP1", "p", "/", "\0"],
        file =>
        {
            (int width, int height, byte[] runs) = Split(file);
            Check(SamMask.FromCocoRle(Encoding.Latin1.GetString(runs), width, height));
        },
        [typeof(MaskFormatException)],
        MaxBytes: 32 << 20);

    public static FuzzTarget Runs() => new(
        RunsName,
        [.. Masks().Select(mask => Sized(mask, MemoryMarshal.AsBytes<int>(mask.ToRle())))],
        ["\0\0\0\0", "\x01\0\0\0", "\xFF\xFF\xFF\x7F", "\xFF\xFF\xFF\xFF", "\0\0\0\x80"],
        file =>
        {
            (int width, int height, byte[] runs) = Split(file);
            int[] counts = [.. MemoryMarshal.Cast<byte, int>(runs.AsSpan(0, runs.Length & ~3))];
            Check(SamMask.FromRle(counts, width, height));
        },
        [typeof(MaskFormatException)],
        MaxBytes: 32 << 20);

    /// <summary>A mask that was read is written and read again: the same mask.</summary>
    private static void Check(SamMask mask)
    {
        int[] runs = mask.ToRle();
        SamMask again = SamMask.FromCocoRle(mask.ToCocoRle(), mask.Width, mask.Height);
        int inside = runs.Where((_, i) => i % 2 == 1).Sum();
        if (!runs.AsSpan().SequenceEqual(again.ToRle()) || inside != mask.Area)
        {
            throw new InvalidOperationException("The mask changes when it is written and read again.");
        }
    }

    private static IEnumerable<SamMask> Masks()
    {
        yield return Disc(1, 1);
        yield return Disc(37, 29);
        yield return Disc(180, 120);
        yield return Disc(65, 300);
    }

    private static SamMask Disc(int width, int height)
    {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = int.DivRem(i, width);
            double right = ((2.0 * x) / width) - 1, down = ((2.0 * y) / height) - 1;
            pixels[i] = (right * right) + (down * down) is > 0.1 and < 0.9 ? (byte)1 : (byte)0;
        }

        return SamMask.FromBytes(pixels, width, height);
    }

    private static byte[] Sized(SamMask mask, ReadOnlySpan<byte> runs)
    {
        byte[] file = new byte[SizeBytes + runs.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(file, (ushort)mask.Width);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(sizeof(ushort)), (ushort)mask.Height);
        runs.CopyTo(file.AsSpan(SizeBytes));
        return file;
    }

    private static (int Width, int Height, byte[] Runs) Split(byte[] file)
    {
        byte[] padded = file.Length < SizeBytes ? [.. file, 0, 0, 0, 0] : file;
        int width = BinaryPrimitives.ReadUInt16LittleEndian(padded);
        int height = BinaryPrimitives.ReadUInt16LittleEndian(padded.AsSpan(sizeof(ushort)));
        return (Math.Clamp(width, 1, MaxSide), Math.Clamp(height, 1, MaxSide), padded[SizeBytes..]);
    }
}
