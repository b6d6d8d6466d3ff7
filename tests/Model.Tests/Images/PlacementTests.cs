using Xunit;

namespace SamNative.Model.Tests.Images;

/// <summary>Where pictures come to lie in a model's square, and the way of points in and out.</summary>
public sealed class PlacementTests
{
    [Theory]

    // segment_anything: int(x + 0.5).
    [InlineData(PictureFit.TopLeft, 1800, 1200, 1024, 1024, 683, 0, 0)]
    [InlineData(PictureFit.TopLeft, 333, 1000, 1024, 341, 1024, 0, 0)]
    [InlineData(PictureFit.TopLeft, 62, 97, 256, 164, 256, 0, 0)]
    [InlineData(PictureFit.TopLeft, 2, 1, 1023, 1023, 512, 0, 0)]

    // transformers: round(511.5) and round(510.5) are even.
    [InlineData(PictureFit.TopLeftHalfEven, 2, 1, 1023, 1023, 512, 0, 0)]
    [InlineData(PictureFit.TopLeftHalfEven, 2, 1, 1021, 1021, 510, 0, 0)]
    [InlineData(PictureFit.TopLeftHalfEven, 800, 534, 512, 512, 342, 0, 0)]
    [InlineData(PictureFit.Stretch, 1800, 1200, 1024, 1024, 1024, 0, 0)]

    // ImageOps.pad: the offset is round(delta * 0.5), half to even.
    [InlineData(PictureFit.Pad, 1000, 999, 1024, 1024, 1023, 0, 0)]
    [InlineData(PictureFit.Pad, 1000, 997, 1024, 1024, 1021, 0, 2)]
    [InlineData(PictureFit.Pad, 333, 1000, 1024, 341, 1024, 342, 0)]
    [InlineData(PictureFit.Pad, 500, 500, 640, 640, 640, 0, 0)]
    [InlineData(PictureFit.Pad, 2, 1, 1021, 1021, 510, 0, 256)]

    // deepseek_vl: int(333 / 1000 * 1024) = 340 at (1024 - 340) // 2; at least 14.
    [InlineData(PictureFit.Centre, 333, 1000, 1024, 340, 1024, 342, 0)]
    [InlineData(PictureFit.Centre, 1000, 997, 1024, 1024, 1020, 0, 2)]
    [InlineData(PictureFit.Centre, 1000, 999, 1024, 1024, 1022, 0, 1)]
    [InlineData(PictureFit.Centre, 5000, 3, 1024, 1024, 14, 0, 505)]

    // PP-FormulaNet: 768 x 2560 first, int(768 * 768 / 2560) = 230; 768 x 1152, 512; int(768 * 7 / 3) = 1792, 329.
    [InlineData(PictureFit.Thumbnail, 1000, 300, 768, 768, 230, 0, 269)]
    [InlineData(PictureFit.Thumbnail, 200, 300, 768, 512, 768, 128, 0)]
    [InlineData(PictureFit.Thumbnail, 700, 300, 768, 768, 329, 0, 219)]
    [InlineData(PictureFit.Thumbnail, 90, 90, 768, 768, 768, 0, 0)]
    internal void A_picture_lies_where_the_original_puts_it(
        PictureFit fit, int width, int height, int side, int resizedWidth, int resizedHeight, int left, int top)
    {
        Placement placement = Placement.Of(fit, new ImageSize(height, width), side);

        Assert.Equal(new ImageSize(resizedHeight, resizedWidth), placement.Resized);
        Assert.Equal(new CropBox(0, 0, resizedWidth, resizedHeight), placement.Part);
        Assert.Equal((left, top), (placement.Left, placement.Top));
        Assert.Equal(new ImageSize(side, side), placement.Input);
        Assert.False(placement.IsTooThin);
    }

    [Fact]
    public void Points_go_in_as_sam_takes_them_to_the_last_bit()
    {
        Placement placement = Preprocessing.Sam.Place(new ImageSize(333, 1000), 1024);
        Random random = new(1);
        for (int i = 0; i < 100; i++)
        {
            (double x, double y) = (random.NextDouble() * 1000, random.NextDouble() * 333);
            Assert.Equal((x * (1024.0 / 1000), y * (341.0 / 333)), placement.ToInput(x, y));
        }
    }

    [Fact]
    public void Corners_of_the_picture_are_corners_of_what_the_input_shows()
    {
        // 93 x 96 at (2, 0), as the reference values have it.
        Placement padded = Placement.Of(PictureFit.Pad, new ImageSize(100, 97), 96);

        Assert.Equal((2.0, 0.0), padded.ToInput(0, 0));
        Assert.Equal((95.0, 96.0), padded.ToInput(97, 100));
    }

    [Fact]
    public void A_tile_of_a_part_of_a_picture_shows_its_own_places()
    {
        // The part 200 x 100 at (50, 30) becomes 1280 x 640; the tile shows its right half.
        Placement tile = new(new CropBox(50, 30, 200, 100), new ImageSize(640, 1280), new CropBox(640, 0, 640, 640), 0, 0, new ImageSize(640, 640));

        Assert.Equal((0.0, 0.0), tile.ToInput(150, 30));
        Assert.Equal((640.0, 640.0), tile.ToInput(250, 130));
        Assert.Equal((150.0, 30.0), tile.ToPicture(0, 0));
        Assert.Equal((200.0, 80.0), tile.ToPicture(320, 320));
    }

    [Theory]
    [InlineData(PictureFit.TopLeft)]
    [InlineData(PictureFit.Stretch)]
    [InlineData(PictureFit.Pad)]
    [InlineData(PictureFit.Centre)]
    internal void Points_come_back_from_where_they_went(PictureFit fit)
    {
        Placement placement = Placement.Of(fit, new ImageSize(534, 800), 1024);
        (double x, double y) = placement.ToInput(123.25, 456.5);
        (double backX, double backY) = placement.ToPicture(x, y);

        Assert.Equal(123.25, backX, 1e-9);
        Assert.Equal(456.5, backY, 1e-9);
    }

    [Theory]
    [InlineData(1200, 1800, 688, 1024)]
    [InlineData(1800, 1200, 1024, 688)]
    [InlineData(500, 500, 1024, 1024)]
    [InlineData(100, 1600, 64, 1024)]
    public void A_tight_input_ends_with_the_picture_s_last_patch(int height, int width, int rows, int columns)
    {
        Placement placement = Preprocessing.Sam.Place(new ImageSize(height, width), 1024);
        Placement tight = placement.Tight(16);

        Assert.Equal(new ImageSize(rows, columns), tight.Input);
        Assert.Equal(placement, tight with { Input = placement.Input });
    }

    [Fact]
    public void A_picture_of_which_nothing_would_be_left_is_refused()
    {
        Placement placement = Preprocessing.Sam.Place(new ImageSize(1, 5000), 1024);

        Assert.True(placement.IsTooThin);
        ArgumentException error = Assert.Throws<ArgumentException>(() => placement.CheckNotTooThin("image"));
        Assert.StartsWith("A picture of 5000 x 1 pixels is too thin: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("longer side has 1024 pixels", error.Message, StringComparison.Ordinal);
        Assert.Equal("image", error.ParamName);
    }
}
