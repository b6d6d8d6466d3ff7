using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>JPEG files that lack their last bytes: whole where those are the end mark, refused where data are missing.</summary>
public sealed class JpegEndTests
{
    private const int MarkBytes = 2;

    public static TheoryData<string> Files => ["one_scan.jpg", "progressive.jpg", "cmyk.jpg"];

    [Fact]
    public void The_end_mark_may_be_missing()
    {
        byte[] cut = File.ReadAllBytes(ReferenceData.Find("noeoi.jpg"));
        Assert.NotEqual((byte)0xD9, cut[^1]);
        DecodedImage whole = ImageFile.Load([.. cut, 0xFF, 0xD9]);

        DecodedImage image = ImageFile.Load(cut);

        Assert.Equal((whole.Width, whole.Height), (image.Width, image.Height));
        Assert.True(image.Rgb.Span.SequenceEqual(whole.Rgb.Span));
        Assert.Contains("mark at the end", Assert.Single(image.Notes), StringComparison.Ordinal);
        Assert.Empty(whole.Notes);
        AssertCut(cut[..^1]);
        AssertCut(cut[..(cut.Length / 2)]);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Nothing_but_the_end_mark_may_be_missing(string name)
    {
        byte[] file = TestPictures.Bytes(name);
        ReadOnlySpan<byte> whole = ImageFile.Load(file).Rgb.Span;

        // Half a mark is none.
        foreach (int missing in new[] { 1, MarkBytes })
        {
            DecodedImage image = ImageFile.Load(file.AsSpan(0, file.Length - missing));
            Assert.True(image.Rgb.Span.SequenceEqual(whole), $"{missing} missing");
            Assert.Single(image.Notes);
        }

        for (int length = file.Length - MarkBytes - 1; length > file.Length / 3; length--)
        {
            AssertCut(file[..length]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void Restarts_are_no_ends(int interval)
    {
        byte[] file = WithRestarts(interval, interval);
        DecodedImage whole = ImageFile.Load(file);
        Assert.Equal((64, 16), (whole.Width, whole.Height));

        Assert.True(ImageFile.Load(file.AsSpan(0, file.Length - MarkBytes)).Rgb.Span.SequenceEqual(whole.Rgb.Span));

        int scan = file.AsSpan().IndexOf(new byte[] { 0xFF, 0xDA }) + 10;
        for (int length = scan; length < file.Length - MarkBytes; length++)
        {
            AssertCut(file[..length]);
        }
    }

    [Fact]
    public void A_restart_in_the_wrong_place_is_no_whole_scan() =>
        AssertCut(WithRestarts(interval: 3, marks: 4)[..^MarkBytes]);

    [Fact]
    public void A_picture_of_very_many_scans_is_refused()
    {
        byte[] file = TestPictures.Bytes("progressive.jpg");
        int scan = file.AsSpan().LastIndexOf(new byte[] { 0xFF, 0xDA });
        byte[] last = file[scan..^MarkBytes];

        byte[] many = [.. file[..scan], .. Enumerable.Repeat(last, 200).SelectMany(bytes => bytes), 0xFF, 0xD9];

        ImageFormatException error = Assert.Throws<ImageFormatException>(() => ImageFile.Load(many));
        Assert.Equal(ImageFormatError.Damaged, error.Code);
        Assert.Contains("scans", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_in_a_file_without_an_end_does_no_harm()
    {
        Random random = new(13);
        foreach (string name in new[] { "one_scan.jpg", "progressive.jpg", "cmyk.jpg" })
        {
            byte[] file = TestPictures.Bytes(name)[..^MarkBytes];
            for (int i = 0; i < 1500; i++)
            {
                byte[] damaged = [.. file];
                for (int n = random.Next(1, 4); n > 0; n--)
                {
                    damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);
                }

                try
                {
                    ImageFile.Load(damaged, limits: new ImageLimits { MaxDecodedBytes = 1 << 20 });
                }
                catch (ImageFormatException)
                {
                    // Refused, and nothing else.
                }
            }
        }
    }

    private static void AssertCut(byte[] file)
    {
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => ImageFile.Load(file));
        Assert.Equal(ImageFormatError.Truncated, error.Code);
    }

    /// <summary>
    /// 64 x 16 gray pixels, 16 blocks of one colour. Each is a byte: 01, the code of a difference of 5 bits, those bits,
    /// and 0, the code of the end of the block.
    /// </summary>
    /// <param name="interval">Blocks between restarts, as the header says.</param>
    /// <param name="marks">Blocks between them, as they are.</param>
    private static byte[] WithRestarts(int interval, int marks)
    {
        List<byte> file =
        [
            0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)8, 64),
            0xFF, 0xC0, 0, 11, 8, 0, 16, 0, 64, 1, 1, 0x11, 0,
            0xFF, 0xC4, 0, 22, 0x00, 0, 3, .. new byte[14], 0, 5, 6,
            0xFF, 0xC4, 0, 20, 0x10, 1, .. new byte[15], 0,
            0xFF, 0xDD, 0, 4, 0, (byte)interval,
            0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0,
        ];
        for (int block = 0; block < 16; block++)
        {
            if (block > 0 && block % marks == 0)
            {
                file.AddRange([0xFF, (byte)(0xD0 + ((block / marks) - 1) % 8)]);
            }

            file.Add((byte)(0b0100_0000 | ((block * 7 % 32) << 1)));
        }

        return [.. file, 0xFF, 0xD9];
    }
}
