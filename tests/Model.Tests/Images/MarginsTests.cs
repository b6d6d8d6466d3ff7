using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>The part of a page that is written on.</summary>
public sealed class MarginsTests
{
    [Fact]
    public void What_is_dark_is_kept_and_the_paper_around_it_is_not()
    {
        byte[] page = Enumerable.Repeat((byte)250, 40 * 30 * 3).ToArray();
        Set(page, 7, 5, 10, 10, 10);
        Set(page, 21, 19, 60, 60, 60);

        Assert.Equal(new CropBox(7, 5, 15, 15), Margins.Crop(new ImageView(page, 40, 30)));
    }

    [Fact]
    public void Levels_are_stretched_before_they_are_compared()
    {
        // 100 is the darkest and 130 the lightest: 123 becomes 195.5 and counts, 124 becomes 204.
        byte[] page = Enumerable.Repeat((byte)130, 10 * 10 * 3).ToArray();
        Set(page, 2, 3, 100, 100, 100);
        Set(page, 8, 6, 123, 123, 123);
        Set(page, 0, 0, 124, 124, 124);

        Assert.Equal(new CropBox(2, 3, 7, 4), Margins.Crop(new ImageView(page, 10, 10)));
    }

    [Fact]
    public void A_page_of_one_level_is_kept_whole() =>
        Assert.Equal(new CropBox(0, 0, 9, 4), Margins.Crop(new ImageView(new byte[36], 9, 4, PixelFormat.Gray)));

    [Fact]
    public void Colours_count_as_pillow_weighs_them()
    {
        // Green is 149.685 gray, below 200; yellow 225.93, above.
        byte[] page = Enumerable.Repeat((byte)255, 4 * 1 * 3).ToArray();
        page.AsSpan(0, 3).Clear();
        Set(page, 1, 0, 0, 255, 0);
        Set(page, 2, 0, 255, 255, 0);

        Assert.Equal(new CropBox(0, 0, 2, 1), Margins.Crop(new ImageView(page, 4, 1)));
    }

    private static void Set(byte[] page, int x, int y, byte red, byte green, byte blue)
    {
        int width = page.Length == 12 ? 4 : page.Length == 300 ? 10 : 40;
        ((byte[])[red, green, blue]).CopyTo(page, ((y * width) + x) * 3);
    }
}
