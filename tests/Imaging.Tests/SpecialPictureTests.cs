using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>What a picture holds besides colours, and what is said about it.</summary>
public sealed class SpecialPictureTests
{
    public static TheoryData<string, byte[]> Others => new()
    {
        { "TIFF", "II*\0\b\0\0\0"u8.ToArray() },
        { "TIFF", "MM\0*\0\0\0\b"u8.ToArray() },
        { "HEIC", "\0\0\0\u0018ftypheic\0\0\0\0"u8.ToArray() },
        { "HEIC", "\0\0\0\u0018ftypmif1\0\0\0\0"u8.ToArray() },
        { "AVIF", "\0\0\0\u001Cftypavif\0\0\0\0"u8.ToArray() },
        { "JPEG XL", [0xFF, 0x0A, 0, 0] },
        { "JPEG XL", "\0\0\0\fJXL \r\n"u8.ToArray() },
        { "JPEG 2000", "\0\0\0\fjP  \r\n"u8.ToArray() },
        { "Photoshop", "8BPS\0\u0001"u8.ToArray() },
        { "raw", "FUJIFILMCCD-RAW "u8.ToArray() },
        { "SVG", "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray() },
        { "DICOM", [.. new byte[128], .. "DICM"u8, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Other_formats_are_named_with_the_cure(string format, byte[] file)
    {
        ImageFormatException error = Assert.Throws<ImageFormatException>(() => ImageFile.Load(file));

        Assert.Equal(ImageFormatError.UnknownFormat, error.Code);
        Assert.Contains(format, error.Message, StringComparison.Ordinal);
        Assert.Contains("Convert it to PNG or JPEG", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x0F, 0xFF, 0x00, 0x10 }, "4095", "Multiply 16")]
    [InlineData(new byte[] { 0x03, 0xFF, 0x00, 0x10 }, "1023", "Multiply 64")]
    [InlineData(new byte[] { 0x00, 0xFF, 0x00, 0x10 }, "255", "Multiply 256")]
    [InlineData(new byte[] { 0x10, 0x00, 0x0F, 0xFF }, null, null)]
    public void Few_bits_in_samples_of_sixteen_are_noted(byte[] samples, string? most, string? cure)
    {
        DecodedImage image = ImageFile.Load(PngWriter.Picture(2, 1, 16, 0, samples));

        Assert.Equal(most is null ? 0 : 1, image.Notes.Count);
        Assert.All(image.Notes, note => Assert.Contains($"none is above {most}", note, StringComparison.Ordinal));
        Assert.All(image.Notes, note => Assert.Contains(cure!, note, StringComparison.Ordinal));
    }

    [Fact]
    public void Few_bits_are_noted_in_colours_and_not_where_eight_are_all()
    {
        byte[] colours = [0, 9, 0x0F, 0, 1, 1], bright = [0, 9, 0x0F, 0, 0xFF, 1];

        Assert.Single(ImageFile.Load(PngWriter.Picture(1, 1, 16, 2, colours)).Notes);
        Assert.Single(ImageFile.Load(PngWriter.Picture(1, 1, 16, 6, [.. colours, 0xFF, 0xFF])).Notes);
        Assert.Empty(ImageFile.Load(PngWriter.Picture(1, 1, 16, 2, bright)).Notes);
        Assert.Empty(ImageFile.Load(PngWriter.Picture(2, 1, 8, 0, [3, 12])).Notes);
    }

    [Fact]
    public void Alpha_is_there_where_something_is_not_opaque()
    {
        Assert.True(ImageFile.Load(TestPictures.Bytes("upright.png")).Alpha.IsEmpty);
        Assert.True(ImageFile.Load(PngWriter.Picture(2, 1, 8, 4, [90, 255, 30, 255])).Alpha.IsEmpty);
        Assert.Equal([0, 77], ImageFile.Load(PngWriter.Picture(2, 1, 8, 4, [90, 0, 30, 77])).Alpha.ToArray());
    }

    [Fact]
    public void Alpha_turns_with_the_picture()
    {
        using PngWriter writer = new(2, 1, 8, 4);
        byte[] file = writer.Chunk("eXIf", Exif.Orientation(6, bigEndian: false)).Rows(1, [10, 1, 20, 2]).End();

        DecodedImage image = ImageFile.Load(file);

        Assert.Equal((1, 2, 6), (image.Width, image.Height, image.Orientation));
        Assert.Equal([1, 2], image.Alpha.ToArray());
        Assert.Equal([10, 10, 10, 20, 20, 20], image.Rgb.ToArray());
    }

    [Fact]
    public void The_sun_is_the_alpha_of_a_white_picture()
    {
        DecodedImage image = ImageFile.Load(ReferenceData.Find("sunalpha.png"));

        Assert.False(image.Rgb.Span.ContainsAnyExcept((byte)255));
        SamMask mask = SamMask.FromBytes(image.Alpha.Span, image.Width, image.Height);
        Assert.True(mask.IntersectionOverUnion(SamMask.FromBytes(DrawnSun.Pixels(), 960, 640)) > .9);
    }
}
