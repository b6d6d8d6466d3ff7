using SamNative.Model.Tests.Masks;
using Xunit;

namespace SamNative.Model.Tests.Automatic;

/// <summary>What the original lacks: suppression by masks, containment, hole filling, label maps.</summary>
public sealed class MaskExtrasTests
{
    [Fact]
    public void Nested_masks_go_by_containment_and_stay_by_overlap()
    {
        AutomaticMask whole = Mask(0.9f, (0, 0, 10, 10));
        AutomaticMask part = Mask(0.8f, (2, 2, 4, 4));
        AutomaticMask beside = Mask(0.7f, (12, 0, 15, 15));
        Assert.Equal([whole, part, beside], MaskSuppression.Keep([whole, part, beside], 0.7, null, default));
        Assert.Equal([whole, beside], MaskSuppression.Keep([whole, part, beside], null, 0.9, default));
    }

    [Fact]
    public void A_whole_does_not_go_for_a_better_part()
    {
        AutomaticMask whole = Mask(0.8f, (0, 0, 10, 10));
        AutomaticMask part = Mask(0.9f, (2, 2, 4, 4));
        Assert.Equal([whole, part], MaskSuppression.Keep([whole, part], 0.7, 0.9, default));
    }

    [Fact]
    public void Masks_with_one_box_and_no_common_pixel_both_stay()
    {
        AutomaticMask left = Mask(0.9f, (0, 0, 1, 10), (9, 0, 10, 1));
        AutomaticMask right = Mask(0.8f, (9, 9, 10, 10), (0, 10, 1, 11), (3, 3, 9, 9));
        Assert.Equal([left, right], MaskSuppression.Keep([left, right], 0.1, 0.1, default));
    }

    [Fact]
    public void Of_equal_masks_the_first_stays_and_a_suppressed_one_suppresses_nothing()
    {
        AutomaticMask a = Mask(0.9f, (0, 0, 10, 10));
        AutomaticMask b = Mask(0.9f, (0, 0, 10, 10)) with { StabilityScore = 0.5f };
        AutomaticMask c = Mask(0.8f, (0, 0, 10, 7));
        AutomaticMask d = Mask(0.7f, (0, 0, 10, 5));
        Assert.Equal([a, d], MaskSuppression.Keep([a, b, c, d], 0.6, null, default));
    }

    [Fact]
    public void Intersections_are_those_of_the_pixels() => RandomMasks.Pairs((a, b) =>
    {
        int both = 0;
        byte[] pixelsA = a.ToBytes();
        byte[] pixelsB = b.ToBytes();
        for (int i = 0; i < pixelsA.Length; i++)
        {
            both += pixelsA[i] & pixelsB[i] & 1;
        }

        return RunLengths.Intersection(a.ToRle(), b.ToRle()) == both;
    });

    [Fact]
    public void Enclosed_holes_are_filled_whatever_their_size_and_open_ones_are_not()
    {
        SamMask mask = Draw("""
            .......
            .#####.
            .#...#.
            .#.#.#.
            .#...#.
            .####..
            ...#...
            """);
        Assert.True(RegionFilter.FillEnclosed(mask));
        Assert.Equal(
            Draw("""
                .......
                .#####.
                .#####.
                .#####.
                .#####.
                .####..
                ...#...
                """).ToBytes(),
            mask.ToBytes());
        Assert.False(RegionFilter.FillEnclosed(mask));
    }

    /// <summary>A flood fill from the border, as the plain oracle.</summary>
    [Fact]
    public void Filled_holes_are_what_a_flood_from_the_border_does_not_reach() => RandomMasks.All(mask =>
    {
        byte[] pixels = mask.ToBytes();
        bool[] reached = Flood(pixels, mask.Width, mask.Height);
        RegionFilter.FillEnclosed(mask);
        return mask.ToBytes().Select(pixel => pixel == 0).SequenceEqual(reached);
    });

    [Fact]
    public void A_label_map_shows_parts_on_wholes()
    {
        AutomaticMask part = Mask(0.7f, (2, 2, 4, 4));
        AutomaticMask whole = Mask(0.9f, (0, 0, 10, 10));
        AutomaticMask same = Mask(0.9f, (0, 0, 10, 10));
        foreach (IReadOnlyList<AutomaticMask> masks in (AutomaticMask[][])[[part, whole, same], [whole, same, part]])
        {
            LabelMap map = LabelMap.Of(masks, new ImageSize(16, 20));
            int partLabel = masks.ToList().IndexOf(part) + 1;
            Assert.Equal(partLabel, map[3, 3]);
            Assert.Equal(masks.ToList().IndexOf(whole) + 1, map[5, 5]);
            Assert.Equal(0, map[15, 12]);
            Assert.Equal(4, map.Labels.Count((ushort)partLabel));
        }
    }

    [Fact]
    public void A_label_map_of_nothing_is_empty_and_one_of_another_picture_is_refused()
    {
        Assert.Equal(12, LabelMap.Of([], new ImageSize(3, 4)).Labels.Count((ushort)0));
        Assert.Throws<ArgumentException>(() => LabelMap.Of([Mask(1, (0, 0, 1, 1))], new ImageSize(3, 4)));
    }

    private static AutomaticMask Mask(float score, params ReadOnlySpan<(int X0, int Y0, int X1, int Y1)> rectangles)
    {
        byte[] pixels = new byte[20 * 16];
        foreach ((int x0, int y0, int x1, int y1) in rectangles)
        {
            for (int y = y0; y < y1; y++)
            {
                pixels.AsSpan((y * 20) + x0, x1 - x0).Fill(1);
            }
        }

        MaskRle segmentation = MaskRle.FromMask(SamMask.FromBytes(pixels, 20, 16));
        return new AutomaticMask
        {
            Segmentation = segmentation,
            Bounds = segmentation.Bounds,
            PredictedIou = score,
            StabilityScore = 1,
            Point = new SamPoint(1, 1),
            CropBox = new CropBox(0, 0, 20, 16),
        };
    }

    private static SamMask Draw(string rows)
    {
        string[] lines = rows.Split('\n', StringSplitOptions.TrimEntries);
        return SamMask.FromBytes(
            [.. lines.SelectMany(line => line).Select(pixel => pixel == '#' ? (byte)1 : (byte)0)], lines[0].Length, lines.Length);
    }

    private static bool[] Flood(byte[] pixels, int width, int height)
    {
        bool[] reached = new bool[pixels.Length];
        Stack<(int X, int Y)> open = new();
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, width);
            if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
            {
                open.Push((x, y));
            }
        }

        while (open.TryPop(out (int X, int Y) at))
        {
            int i = (at.Y * width) + at.X;
            if (at.X >= 0 && at.X < width && at.Y >= 0 && at.Y < height && !reached[i] && pixels[i] == 0)
            {
                reached[i] = true;
                open.Push((at.X - 1, at.Y));
                open.Push((at.X + 1, at.Y));
                open.Push((at.X, at.Y - 1));
                open.Push((at.X, at.Y + 1));
            }
        }

        return reached;
    }
}
