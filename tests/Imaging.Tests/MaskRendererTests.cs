using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Imaging.Tests;

/// <summary>Masks, cut-outs and overlays as PNG, read back by a decoder that is not ours.</summary>
public sealed class MaskRendererTests
{
    [Fact]
    public void A_mask_is_gray_0_and_255()
    {
        SamMask mask = Disc(70, 50, 30, 20, 15);

        PngPixels png = Written(stream => mask.WritePng(stream));

        Assert.Equal((70, 50, 1), (png.Width, png.Height, png.Channels));
        Assert.Equal(mask.ToBytes(), png.Samples);
    }

    [Fact]
    public void A_cutout_keeps_the_colours_inside_and_is_nothing_outside()
    {
        DecodedImage picture = Playground();
        SamMask mask = Disc(picture.Width, picture.Height, 90, 60, 40);

        PngPixels png = Written(stream => MaskRenderer.WriteCutout(picture.View, mask, stream));

        Assert.Equal(4, png.Channels);
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                byte[] expected = mask[x, y] ? [.. picture.View.Row(y).Slice(x * 3, 3), 255] : new byte[4];
                Assert.Equal(expected, png.Pixel(x, y).ToArray());
            }
        }
    }

    [Fact]
    public void An_overlay_tints_inside_outlines_the_border_and_leaves_the_rest()
    {
        DecodedImage picture = Playground();
        SamMask mask = Disc(picture.Width, picture.Height, 90, 60, 40);

        PngPixels png = Written(stream => MaskRenderer.WriteOverlay(picture.View, mask, null, stream));

        Assert.Equal(3, png.Channels);
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                double fromCentre = Math.Sqrt(((x - 90) * (x - 90)) + ((y - 60) * (y - 60)));
                byte[] original = picture.View.Row(y).Slice(x * 3, 3).ToArray();
                byte[] drawn = png.Pixel(x, y).ToArray();
                if (fromCentre > 43)
                {
                    Assert.Equal(original, drawn);
                }
                else if (fromCentre < 37)
                {
                    int[] azure = [30, 144, 255];
                    double[] tinted = [.. original.Zip(azure, (from, to) => from + ((to - from) * 120 / 255.0))];
                    Assert.All(Enumerable.Range(0, 3), i => Assert.InRange(drawn[i] - tinted[i], -2, 2));
                }
            }
        }

        Assert.True(Luminance(png, 50, 60) > 240 || Luminance(png, 49, 60) > 240, "the line is white");
    }

    [Fact]
    public void Many_masks_have_colours_of_their_own_and_the_small_one_lies_on_the_large_one()
    {
        ImageView picture = new(new byte[300 * 200], 300, 200, PixelFormat.Gray);
        SamMask[] masks = [Disc(300, 200, 60, 60, 20), Disc(300, 200, 100, 100, 90), Disc(300, 200, 260, 40, 30)];

        PngPixels png = Written(stream => MaskRenderer.WriteOverlay(
            picture, [.. masks.Select(mask => MaskRle.FromMask(mask))], stream));

        byte[] nothing = png.Pixel(290, 190).ToArray(), small = png.Pixel(60, 60).ToArray();
        byte[] large = png.Pixel(130, 120).ToArray(), other = png.Pixel(260, 40).ToArray();
        Assert.Equal([0, 0, 0], nothing);
        byte[][] colours = [nothing, small, large, other];
        for (int i = 0; i < colours.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int distance = Distance(colours[i], colours[j]);
                Assert.True(distance > 100, $"{string.Join(' ', colours[i])} and {string.Join(' ', colours[j])}");
            }
        }

        // The outline of the small one is not covered by the large one.
        int outline = Enumerable.Range(38, 5).Max(
            x => Math.Min(Distance(png.Pixel(x, 60).ToArray(), small), Distance(png.Pixel(x, 60).ToArray(), large)));
        Assert.True(outline > 100, $"the outline differs by {outline}");
    }

    [Fact]
    public void No_masks_leave_the_picture_as_it_is_and_those_of_another_size_are_refused()
    {
        DecodedImage picture = Playground();

        PngPixels png = Written(stream => MaskRenderer.WriteOverlay(picture.View, [], stream));

        Assert.Equal(picture.Rgb.ToArray(), png.Samples);
        Assert.Throws<ArgumentException>(() => MaskRenderer.WriteOverlay(
            picture.View, [MaskRle.FromMask(Empty(2, 3))], Stream.Null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    [InlineData(255)]
    public void Marks_and_outlines_are_seen_on_any_background(byte level)
    {
        byte[] gray = new byte[400 * 300];
        gray.AsSpan().Fill(level);
        ImageView picture = new(gray, 400, 300, PixelFormat.Gray);
        PromptMarks marks = new() { Positive = [(100, 100)], Negative = [(300, 100)], Box = (150, 150, 250, 250) };
        SamMask mask = Disc(400, 300, 60, 230, 30);

        PngPixels png = Written(stream => MaskRenderer.WriteOverlay(picture, mask, marks, stream));

        Assert.True(Contrast(png, level, 90, 90, 20) > 100, "the positive point");
        Assert.True(Contrast(png, level, 290, 90, 20) > 100, "the negative point");
        Assert.True(Contrast(png, level, 145, 200, 10) > 100, "the left side of the box");
        Assert.True(Contrast(png, level, 200, 245, 10) > 100, "the lower side of the box");
        Assert.True(Contrast(png, level, 25, 230, 5) > 100, "the outline of the mask, outside its tint");
        Assert.Equal(0, Contrast(png, level, 180, 180, 40));
        Assert.Equal(0, Contrast(png, level, 0, 0, 60));

        // The sign tells the points apart without their colour: a plus is upright, too.
        Assert.True(Luminance(png, 100, 98) > 200 && Luminance(png, 98, 100) > 200);
        Assert.True(Luminance(png, 300, 98) < 150 && Luminance(png, 298, 100) > 200);
    }

    [Fact]
    public void Marks_grow_with_the_picture()
    {
        int Marked(int width, int height)
        {
            PromptMarks marks = new() { Positive = [(width / 2, height / 2)] };
            ImageView picture = new(new byte[width * height], width, height, PixelFormat.Gray);
            PngPixels png = Written(
                stream => MaskRenderer.WriteOverlay(picture, Empty(width, height), marks, stream));
            return Enumerable.Range(0, width).Count(x => png.Pixel(x, height / 2).ContainsAnyExcept((byte)0));
        }

        int small = Marked(60, 60), medium = Marked(600, 600), large = Marked(2400, 2400);

        Assert.Equal(small, medium);
        Assert.InRange(large, 3.5 * medium, 4 * medium);
    }

    [Fact]
    public void Marks_outside_the_picture_and_tiny_pictures_do_no_harm()
    {
        PromptMarks marks = new() { Positive = [(-50, 9000)], Negative = [(0, 0)], Box = (30, 40, -10, -20) };
        ImageView picture = new(new byte[3], 1, 1);

        PngPixels png = Written(
            stream => MaskRenderer.WriteOverlay(picture, SamMask.FromBytes([1], 1, 1), marks, stream));

        Assert.Equal((1, 1), (png.Width, png.Height));
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes()
    {
        DecodedImage picture = Playground();
        SamMask mask = Disc(picture.Width, picture.Height, 90, 60, 40);
        PromptMarks marks = new() { Positive = [(90, 60)], Box = (50, 20, 130, 100) };

        byte[] Overlay() => Bytes(stream => MaskRenderer.WriteOverlay(picture.View, mask, marks, stream));
        byte[] Plain() => Bytes(stream => mask.WritePng(stream));

        Assert.Equal(Overlay(), Overlay());
        Assert.Equal(Plain(), Plain());
    }

    [Fact]
    public void Masks_of_another_size_are_refused()
    {
        ImageView picture = new(new byte[12], 2, 2);
        SamMask mask = Empty(2, 3);

        Assert.Throws<ArgumentException>(() => MaskRenderer.WriteOverlay(picture, mask, null, Stream.Null));
        Assert.Throws<ArgumentException>(() => MaskRenderer.WriteCutout(picture, mask, Stream.Null));
        Assert.Throws<ArgumentException>(() => MaskRenderer.WriteCutout(default, mask, Stream.Null));
    }

    private static DecodedImage Playground() => ImageFile.Load(ReferenceData.Find("playground_small.png"));

    private static SamMask Empty(int width, int height) => SamMask.FromBytes(new byte[width * height], width, height);

    private static SamMask Disc(int width, int height, int centreX, int centreY, int radius)
    {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            int x = (i % width) - centreX, y = (i / width) - centreY;
            pixels[i] = (x * x) + (y * y) <= radius * radius ? (byte)1 : (byte)0;
        }

        return SamMask.FromBytes(pixels, width, height);
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        Assert.True(stream.CanWrite, "the stream is open");
        return stream.ToArray();
    }

    private static PngPixels Written(Action<Stream> write) => PngPixels.Read(Bytes(write));

    private static int Distance(byte[] first, byte[] second) => first.Zip(second, (a, b) => Math.Abs(a - b)).Sum();

    private static double Luminance(PngPixels png, int x, int y)
    {
        ReadOnlySpan<byte> pixel = png.Pixel(x, y);
        return (0.299 * pixel[0]) + (0.587 * pixel[1]) + (0.114 * pixel[2]);
    }

    // The largest difference of any channel from the background in a square.
    private static int Contrast(PngPixels png, byte background, int left, int top, int side) =>
        (from y in Enumerable.Range(top, side)
         from x in Enumerable.Range(left, side)
         from sample in png.Pixel(x, y).ToArray()
         select Math.Abs(sample - background)).Max();
}
