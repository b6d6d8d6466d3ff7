using Xunit;

namespace SamNative.Model.Tests.Masks;

/// <summary>Run lengths as a value: what a mask says, it says too.</summary>
public sealed class MaskRleTests
{
    [Fact]
    public void It_has_the_mask_s_area_box_runs_and_string() => RandomMasks.All(mask =>
    {
        MaskRle rle = MaskRle.FromMask(mask);
        return rle.Size == new ImageSize(mask.Height, mask.Width)
            && rle.Area == mask.Area
            && rle.Bounds == mask.Bounds
            && rle.ToRle().AsSpan().SequenceEqual(mask.ToRle())
            && rle.ToCocoRle() == mask.ToCocoRle()
            && rle.ToMask().ToBytes().AsSpan().SequenceEqual(mask.ToBytes());
    });

    [Fact]
    public void Coco_strings_come_back() => RandomMasks.All(mask =>
        MaskRle.FromCocoRle(mask.ToCocoRle(), new ImageSize(mask.Height, mask.Width)).ToRle().AsSpan().SequenceEqual(mask.ToRle()));

    [Fact]
    public void Runs_of_length_zero_do_not_count()
    {
        MaskRle rle = MaskRle.FromCounts([1, 0, 1, 2, 0, 0, 2], new ImageSize(3, 2));
        Assert.Equal(2, rle.Area);
        Assert.Equal(new MaskBounds(0, 0, 1, 2), rle.Bounds);
    }

    [Fact]
    public void Runs_that_do_not_fill_the_mask_are_refused() => Assert.Equal(
        MaskFormatError.TooFewPixels,
        Assert.Throws<MaskFormatException>(() => MaskRle.FromCounts([1, 2], new ImageSize(2, 2))).Code);

    /// <summary>In every corner, and across the whole height or width, of a larger picture.</summary>
    [Fact]
    public void A_mask_in_a_larger_picture_has_the_runs_of_that_picture() => RandomMasks.All(mask =>
    {
        foreach ((int left, int top, int right, int bottom) in (ReadOnlySpan<(int, int, int, int)>)[
            (0, 0, 0, 0), (3, 2, 0, 0), (0, 0, 5, 1), (2, 0, 3, 0), (0, 4, 0, 1), (0, 1, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (7, 3, 2, 9)])
        {
            ImageSize picture = new(top + mask.Height + bottom, left + mask.Width + right);
            byte[] pixels = new byte[picture.Height * picture.Width];
            for (int y = 0; y < mask.Height; y++)
            {
                mask.ToBytes().AsSpan(y * mask.Width, mask.Width).CopyTo(pixels.AsSpan(((top + y) * picture.Width) + left));
            }

            if (!RunLengths.Encode(mask, left, top, picture, []).SequenceEqual(
                SamMask.FromBytes(pixels, picture.Width, picture.Height).ToRle()))
            {
                return false;
            }
        }

        return true;
    });
}
