using System.Buffers.Binary;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>
/// Files that are no pictures, lie about their size, end early or are damaged: one exception, quickly.
/// </summary>
[Collection(MeasuredAlone.Name)]
public sealed class BadPictureTests
{
    /// <summary>Headers of about 1 KB that claim 60,000 x 60,000 pixels (WebP: what its header can claim).</summary>
    public static TheoryData<string, byte[]> Giants => new()
    {
        { "png", GiantPng() },
        { "jpeg", GiantJpeg() },
        { "gif", GiantGif() },
        { "bmp", GiantBmp() },
        { "webp", GiantWebp() },
    };

    public static TheoryData<string> Files => [.. TestPictures.Names];

    [Fact]
    public void An_empty_file_is_refused() => AssertRefused([], ImageFormatError.Empty);

    [Fact]
    public void A_stream_behind_its_end_is_empty()
    {
        using MemoryStream stream = new(TestPictures.Bytes("upright.png"));
        stream.Position = stream.Length + 5;

        ImageFormatException exception = Assert.Throws<ImageFormatException>(() => ImageFile.Load(stream));

        Assert.Equal(ImageFormatError.Empty, exception.Code);
    }

    [Theory]
    [InlineData("Once upon a time there was a text file.\n")]
    [InlineData("B")]
    [InlineData("RIFF....WAVEfmt ")]
    [InlineData("%PDF-1.7")]
    public void Other_files_are_refused(string text) =>
        AssertRefused([.. text.Select(character => (byte)character)], ImageFormatError.UnknownFormat);

    [Theory]
    [InlineData(new byte[] { 0, 0, 2, 2, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, 48, 0, 0, 0, 22, 0, 0, 0 })]
    public void Formats_of_the_codec_that_are_not_ours_are_refused(byte[] wbmpOrIcon) =>
        AssertRefused(wbmpOrIcon, ImageFormatError.UnknownFormat);

    [Fact]
    public void The_error_names_the_file()
    {
        string path = TestPictures.Path("README.md");

        ImageFormatException exception = Assert.Throws<ImageFormatException>(() => ImageFile.Load(path));

        Assert.Equal(path, exception.FileName);
        Assert.StartsWith(path + ": ", exception.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => ImageFile.Load(path + ".missing"));
    }

    [Theory]
    [MemberData(nameof(Giants))]
    public void Giants_are_refused_from_the_header(string format, byte[] file)
    {
        Assert.InRange(file.Length, 20, 1100);
        _ = ImageFile.Load(TestPictures.Path("upright.png"));
        long memory = Environment.WorkingSet;
        TimeSpan start = ProcessorTime.OfThread;

        AssertRefused(file, ImageFormatError.TooManyPixels);

        Assert.True(ProcessorTime.OfThread - start < TimeSpan.FromSeconds(1), format);
        Assert.True(Environment.WorkingSet - memory < 64 << 20, format);
    }

    [Fact]
    public void Limits_are_inclusive_and_can_be_set()
    {
        byte[] file = TestPictures.Bytes("upright.png");
        ImageLimits memory = new() { MaxDecodedBytes = 20 * 16 * 8 }, bytes = new() { MaxFileBytes = file.Length };

        Assert.Equal(20, ImageFile.Load(file, limits: memory).Width);
        Assert.Equal(20, ImageFile.Load(file, limits: bytes).Width);
        AssertRefused(file, ImageFormatError.TooManyPixels, memory with { MaxDecodedBytes = (20 * 16 * 8) - 1 });
        AssertRefused(file, ImageFormatError.FileTooLarge, bytes with { MaxFileBytes = file.Length - 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageLimits { MaxDecodedBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageLimits { MaxFileBytes = 1L << 31 });
    }

    [Theory]
    [InlineData("one_scan.jpg", 3)]
    [InlineData("progressive.jpg", 9)]
    [InlineData("lossy.webp", 8)]
    public void A_pixel_takes_what_the_format_needs(string name, int bytes)
    {
        ImageLimits limits = new() { MaxDecodedBytes = 20 * 16 * bytes };

        Assert.Equal(20, ImageFile.Load(TestPictures.Bytes(name), limits: limits).Width);
        AssertRefused(
            TestPictures.Bytes(name), ImageFormatError.TooManyPixels, limits with { MaxDecodedBytes = (20 * 16 * bytes) - 1 });
    }

    [Fact]
    public void An_endless_stream_is_refused_at_the_limit()
    {
        using EndlessStream stream = new("BM"u8.ToArray());

        ImageFormatException exception = Assert.Throws<ImageFormatException>(
            () => ImageFile.Load(stream, limits: new ImageLimits { MaxFileBytes = 1 << 20 }));

        Assert.Equal(ImageFormatError.FileTooLarge, exception.Code);
    }

    [Fact]
    public void An_endless_stream_that_is_no_picture_is_refused_at_its_beginning()
    {
        using EndlessStream stream = new([]);

        ImageFormatException exception = Assert.Throws<ImageFormatException>(() => ImageFile.Load(stream));

        Assert.Equal(ImageFormatError.UnknownFormat, exception.Code);
        Assert.InRange(stream.Given, 1, 1 << 20);
    }

    [Fact]
    public void A_stream_that_claims_to_be_long_costs_what_it_holds()
    {
        using ClaimingStream stream = new(TestPictures.Bytes("upright.png"));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(20, ImageFile.Load(stream).Width);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_anywhere_is_refused_or_already_whole(string name)
    {
        byte[] file = TestPictures.Bytes(name);
        byte[] whole = ImageFile.Load(file).Rgb.ToArray();
        int refused = 0;
        for (int length = 0; length < file.Length; length++)
        {
            try
            {
                Assert.True(ImageFile.Load(file.AsSpan(0, length)).Rgb.Span.SequenceEqual(whole), $"{length} bytes");
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }

        // The animations are whole with their first picture; elsewhere what may be missing is a checksum or an end
        // mark.
        int least = name.StartsWith("animated", StringComparison.Ordinal) ? file.Length / 2 : file.Length - 25;
        Assert.InRange(refused, least, file.Length);
    }

    [Theory]
    [InlineData("upright.png")]
    [InlineData("one_scan.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("plain.bmp")]
    [InlineData("animated.gif")]
    public void Half_a_file_is_called_truncated(string name)
    {
        byte[] file = TestPictures.Bytes(name);

        AssertRefused(file[..(file.Length * 2 / 5)], ImageFormatError.Truncated);
    }

    private static void AssertRefused(byte[] file, ImageFormatError code, ImageLimits? limits = null)
    {
        ImageFormatException exception =
            Assert.Throws<ImageFormatException>(() => ImageFile.Load(file, "the file", limits));

        Assert.Equal(code, exception.Code);
        Assert.StartsWith("the file: ", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] GiantPng()
    {
        using PngWriter writer = new(60_000, 60_000, 8, 2);
        return writer.Rows(1, new byte[900]).End();
    }

    private static byte[] GiantJpeg()
    {
        byte[] jpeg = TestPictures.Bytes("one_scan.jpg");
        int frame = jpeg.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 });
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 60_000);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 60_000);
        return jpeg;
    }

    private static byte[] GiantGif()
    {
        byte[] gif = TestPictures.Bytes("animated.gif");
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(6), 60_000);
        BinaryPrimitives.WriteUInt16LittleEndian(gif.AsSpan(8), 60_000);
        return gif;
    }

    private static byte[] GiantBmp()
    {
        byte[] bmp = TestPictures.Bytes("plain.bmp");
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), 60_000);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), 60_000);
        return bmp;
    }

    // A lossless picture of 16,384 x 16,384 pixels: two numbers of 14 bits, each less by one, behind a signature byte.
    private static byte[] GiantWebp()
    {
        byte[] webp = TestPictures.Bytes("lossless.webp");
        int data = webp.AsSpan().IndexOf("VP8L"u8) + 9;
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(webp.AsSpan(data));
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(data), header | 0x0FFFFFFF);
        return webp;
    }

    private sealed class ClaimingStream(byte[] content) : MemoryStream(content)
    {
        public override long Length => 500 << 20;
    }

    private sealed class EndlessStream(byte[] start) : Stream
    {
        /// <summary>The bytes that were taken out of it.</summary>
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            // What the caller rented may hold anything.
            Array.Clear(buffer, offset, count);
            if (Given == 0)
            {
                start.CopyTo(buffer, offset);
            }

            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
