using System.Buffers.Binary;
using SamNative.Imaging;
using SamNative.Model.Tests.Masks;
using SamNative.Tests.Support;
using SkiaSharp;
using Xunit;

namespace SamNative.Model.Tests.Results;

/// <summary>Label maps and masks as PNG, beside a decoder and an encoder that are not ours.</summary>
public sealed class GrayPngTests
{
    private static readonly ImageSize size = new(37, 53);

    [Fact]
    public void Label_maps_come_back()
    {
        Random random = new(3);
        foreach (ImageSize any in new ImageSize[] { new(1, 1), new(1, 300), new(300, 1), size })
        {
            ushort[] labels = [.. Enumerable.Range(0, any.Height * any.Width).Select(_ => (ushort)random.Next(65_536))];

            (ushort[] read, ImageSize readSize) = LabelMapFile.Read(Written(labels, any));

            Assert.Equal(labels, read);
            Assert.Equal(any, readSize);
        }
    }

    [Fact]
    public void The_map_of_masks_has_the_smallest_in_front()
    {
        byte[] content = Bytes(stream => LabelMapFile.Write(
            LabelMap.Of([Rectangle(0, 0, 53, 37), Rectangle(10, 5, 20, 10)], size), stream));

        (ushort[] labels, ImageSize readSize) = LabelMapFile.Read(content);

        Assert.Equal(size, readSize);
        for (int i = 0; i < labels.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, size.Width);
            Assert.Equal(x is >= 10 and < 30 && y is >= 5 and < 15 ? 2 : 1, labels[i]);
        }
    }

    [Fact]
    public void Skia_sees_the_high_byte_of_our_labels()
    {
        ushort[] labels = [.. Enumerable.Range(0, size.Height * size.Width).Select(i => (ushort)(i * 33))];

        DecodedImage picture = ImageFile.Load(Written(labels, size));

        Assert.Equal((size.Width, size.Height), (picture.Width, picture.Height));
        for (int i = 0; i < labels.Length; i++)
        {
            Assert.Equal(labels[i] >> 8, picture.Rgb.Span[3 * i]);
        }
    }

    [Fact]
    public void Skia_reads_our_masks() => RandomMasks.All(mask =>
    {
        DecodedImage picture = ImageFile.Load(Bytes(stream => mask.WritePng(stream)));
        byte[] red = [.. Enumerable.Range(0, picture.Width * picture.Height).Select(i => picture.Rgb.Span[3 * i])];
        return picture.Width == mask.Width && red.AsSpan().SequenceEqual(mask.ToBytes());
    });

    [Theory]
    [InlineData(SKPngEncoderFilterFlags.None)]
    [InlineData(SKPngEncoderFilterFlags.Sub)]
    [InlineData(SKPngEncoderFilterFlags.Up)]
    [InlineData(SKPngEncoderFilterFlags.Avg)]
    [InlineData(SKPngEncoderFilterFlags.Paeth)]
    [InlineData(SKPngEncoderFilterFlags.AllFilters)]
    public void We_read_what_skia_writes_with_every_filter(SKPngEncoderFilterFlags filter)
    {
        SKImageInfo info = new(size.Width, size.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        using SKBitmap bitmap = new(info);
        new Random(8).NextBytes(bitmap.GetPixelSpan());
        using SKPixmap pixels = bitmap.PeekPixels();
        using SKData data = pixels.Encode(new SKPngEncoderOptions(filter, 6))!;

        (byte[] samples, ImageSize read) = GrayPng.Read(data.AsSpan(), "skia", 8, MaskFileLimits.Default);

        Assert.Equal(size, read);
        Assert.Equal(bitmap.GetPixelSpan().ToArray(), samples);
    }

    [Theory]
    [InlineData(8, 1, MaskFormatError.BadStructure)]
    [InlineData(9, 2, MaskFormatError.BadStructure)]
    [InlineData(12, 1, MaskFormatError.BadStructure)]
    [InlineData(0, 0x7F, MaskFormatError.BeyondLimits)]
    [InlineData(0, 0xFF, MaskFormatError.BadValue)]
    [InlineData(3, 0, MaskFormatError.BadValue)]
    [InlineData(3, 54, MaskFormatError.BadSyntax)]
    [InlineData(3, 52, MaskFormatError.BadSyntax)]
    [InlineData(7, 36, MaskFormatError.BadSyntax)]
    public void Headers_that_lie_are_refused_before_the_rows_are_read(int at, byte value, MaskFormatError code)
    {
        byte[] content = Written(new ushort[size.Height * size.Width], size);
        content[16 + at] = value;
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(29), Checksum.Crc32(content.AsSpan(12, 17)));
        long before = GC.GetAllocatedBytesForCurrentThread();

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => LabelMapFile.Read(content, "map.png"));

        Assert.Equal(code, error.Code);
        Assert.StartsWith("map.png: ", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_is_noticed()
    {
        byte[] content = Written([.. Enumerable.Range(0, size.Height * size.Width).Select(i => (ushort)(i / 99))], size);
        for (int i = 0; i < content.Length; i++)
        {
            byte[] changed = [.. content];
            changed[i] ^= 0x10;
            Assert.Throws<MaskFormatException>(() => LabelMapFile.Read(content.AsSpan(0, i)));
            Assert.Throws<MaskFormatException>(() => LabelMapFile.Read(changed));
        }

        Assert.Throws<MaskFormatException>(() => LabelMapFile.Read([.. content, 0]));
    }

    [Fact]
    public void Damaged_pictures_with_right_checksums_give_labels_or_the_one_exception()
    {
        byte[] content = Written([.. Enumerable.Range(0, size.Height * size.Width).Select(i => (ushort)(i / 7))], size);
        int length = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(33));
        Random random = new(11);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] rows = Damage.Bytes(content.AsSpan(41, length), random);
            byte[] changed = [.. content.AsSpan(0, 33), .. Chunk("IDAT"u8, rows), .. Chunk("IEND"u8, [])];
            TimeSpan start = ProcessorTime.OfThread;
            try
            {
                LabelMapFile.Read(changed);
            }
            catch (MaskFormatException)
            {
                refused++;
            }

            Assert.True(ProcessorTime.OfThread - start < TimeSpan.FromSeconds(1));
        }

        Assert.InRange(refused, 2000, 3000);
    }

    [Fact]
    public void The_same_labels_give_the_same_bytes() => Assert.Equal(
        Written(new ushort[size.Height * size.Width], size), Written(new ushort[size.Height * size.Width], size));

    [Fact]
    public void Labels_of_another_number_are_not_written() =>
        Assert.Throws<ArgumentException>(() => Written(new ushort[5], size));

    private static AutomaticMask Rectangle(int left, int top, int width, int height)
    {
        byte[] pixels = new byte[size.Height * size.Width];
        for (int y = top; y < top + height; y++)
        {
            pixels.AsSpan((y * size.Width) + left, width).Fill(1);
        }

        MaskRle rle = MaskRle.FromMask(SamMask.FromBytes(pixels, size.Width, size.Height));
        return RandomResults.Small.Masks[0] with { Segmentation = rle, Bounds = rle.Bounds };
    }

    private static byte[] Written(ushort[] labels, ImageSize of) =>
        Bytes(stream => LabelMapFile.Write(labels, of, stream));

    private static byte[] Bytes(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        return stream.ToArray();
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(data.Length + 8), Checksum.Crc32(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }
}
