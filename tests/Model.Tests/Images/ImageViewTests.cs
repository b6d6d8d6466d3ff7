using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>Views over somebody else's pixels: every format as RGB, strides, and sizes that cannot be.</summary>
public sealed class ImageViewTests
{
    [Theory]
    [InlineData(PixelFormat.Rgb, new byte[] { 1, 2, 3, 4, 5, 6, 0, 0, 0, 11, 12, 13, 14, 15, 16 })]
    [InlineData(PixelFormat.Bgr, new byte[] { 3, 2, 1, 6, 5, 4, 0, 0, 0, 13, 12, 11, 16, 15, 14 })]
    [InlineData(PixelFormat.Rgba, new byte[] { 1, 2, 3, 0, 4, 5, 6, 9, 0, 11, 12, 13, 255, 14, 15, 16, 7 })]
    [InlineData(PixelFormat.Bgra, new byte[] { 3, 2, 1, 0, 6, 5, 4, 9, 0, 13, 12, 11, 255, 16, 15, 14, 7 })]
    public void Colours_become_rgb(PixelFormat format, byte[] pixels)
    {
        ImageView view = new(pixels, 2, 2, 9, format);
        byte[] rgb = new byte[12];

        view.CopyRgb(rgb);

        Assert.Equal([1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], rgb);
    }

    [Fact]
    public void Gray_becomes_three_equal_channels()
    {
        ImageView view = new(new byte[] { 7, 8, 9 }, 3, 1, PixelFormat.Gray);
        byte[] rgb = new byte[10];

        view.CopyRgbRow(0, rgb);

        Assert.Equal([7, 7, 7, 8, 8, 8, 9, 9, 9, 0], rgb);
    }

    [Fact]
    public void Rows_leave_the_gap_out()
    {
        ImageView view = new(new byte[] { 1, 2, 0, 3, 4 }, 2, 2, 3, PixelFormat.Gray);

        Assert.Equal([1, 2], view.Row(0).ToArray());
        Assert.Equal([3, 4], view.Row(1).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Row(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Row(-1).Length);
    }

    [Fact]
    public void The_short_form_has_no_gap()
    {
        ImageView view = new(new byte[12], 2, 2);

        Assert.Equal((2, 2, 6, PixelFormat.Rgb), (view.Width, view.Height, view.Stride, view.Format));
        Assert.Equal(view, new ImageView(view.Pixels, 2, 2, 6, PixelFormat.Rgb));
    }

    [Fact]
    public void The_empty_picture_has_no_rows()
    {
        ImageView view = default;

        Assert.Equal((0, 0), (view.Width, view.Height));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Row(0).Length);
    }

    [Theory]
    [InlineData(0, 1, 3, PixelFormat.Rgb, 100, "width")]
    [InlineData(-1, 1, 3, PixelFormat.Rgb, 100, "width")]
    [InlineData(1, 0, 3, PixelFormat.Rgb, 100, "height")]
    [InlineData(2, 1, 5, PixelFormat.Rgb, 100, "stride")]
    [InlineData(1_431_655_766, 1, 2, PixelFormat.Rgb, 100, "stride")]
    [InlineData(2, 2, 6, PixelFormat.Rgb, 11, "pixels")]
    [InlineData(2, 2, 8, PixelFormat.Rgb, 13, "pixels")]
    [InlineData(1, int.MaxValue, int.MaxValue, PixelFormat.Gray, 100, "pixels")]
    [InlineData(1, 1, 4, (PixelFormat)5, 100, "format")]
    public void Impossible_pictures_are_refused(
        int width, int height, int stride, PixelFormat format, int length, string parameter)
    {
        ArgumentException exception = Assert.ThrowsAny<ArgumentException>(
            () => new ImageView(new byte[length], width, height, stride, format));

        Assert.Equal(parameter, exception.ParamName);
    }

    [Fact]
    public void A_row_of_more_than_two_gigabytes_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageView(new byte[9], int.MaxValue, 1));

    [Fact]
    public void A_short_destination_is_refused()
    {
        ImageView view = new(new byte[12], 2, 2);

        Assert.Throws<ArgumentException>(() => view.CopyRgb(new byte[11]));
        Assert.Throws<ArgumentException>(() => view.CopyRgbRow(1, new byte[5]));
    }
}
