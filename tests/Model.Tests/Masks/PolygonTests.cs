using Xunit;

namespace SamNative.Model.Tests.Masks;

/// <summary>Outlines: filled again they are the mask, and parts and holes are those of a plain flood fill.</summary>
public sealed class PolygonTests
{
    [Fact]
    public void Filled_by_the_even_odd_rule_the_polygons_are_the_mask() => RandomMasks.All(mask =>
        EvenOdd(Rings(mask.ToPolygons()), mask.Width, mask.Height).AsSpan().SequenceEqual(mask.ToBytes()));

    [Fact]
    public void Our_own_filling_gives_the_mask_again() => RandomMasks.All(mask =>
    {
        IEnumerable<IReadOnlyList<(double X, double Y)>> rings = mask.ToPolygons()
            .SelectMany(polygon => polygon.Holes.Prepend(polygon.Outer))
            .Select(ring => ring.Select(corner => ((double)corner.X, (double)corner.Y)).ToArray());
        return SamMask.FromPolygons(rings, mask.Width, mask.Height).ToRle().AsSpan().SequenceEqual(mask.ToRle());
    });

    [Fact]
    public void Rings_may_leave_the_mask()
    {
        SamMask mask = SamMask.FromPolygons([[(-5, 1), (1.6, 1), (1.6, 1e9), (-5, 1e9)]], 3, 3);

        Assert.Equal([0, 0, 0, 255, 255, 0, 255, 255, 0], mask.ToBytes());
    }

    [Fact]
    public void Rings_turn_at_every_corner_and_run_the_right_way_round() => RandomMasks.All(mask =>
        mask.ToPolygons().All(polygon =>
            TurnsEverywhere(polygon.Outer) && SignedArea(polygon.Outer) > 0
            && polygon.Holes.All(hole => TurnsEverywhere(hole) && SignedArea(hole) < 0)));

    [Fact]
    public void Each_part_is_one_polygon_with_its_own_holes() => RandomMasks.All(mask =>
    {
        // In the order of their first pixels, the parts have the areas of their polygons, and there are as many holes
        // as parts of the background that do not reach the border.
        List<int> parts = PartSizes(mask, inside: true);
        int enclosed = PartSizes(mask, inside: false).Count;
        IReadOnlyList<MaskPolygon> polygons = mask.ToPolygons();
        return polygons.Select(Area).SequenceEqual(parts) && polygons.Sum(polygon => polygon.Holes.Count) == enclosed;
    });

    [Fact]
    public void A_single_pixel_is_a_square()
    {
        MaskPolygon polygon = Assert.Single(SamMask.FromBytes([0, 0, 0, 0, 1, 0], 3, 2).ToPolygons());

        Assert.Equal([(2, 1), (2, 2), (1, 2), (1, 1)], polygon.Outer);
        Assert.Empty(polygon.Holes);
    }

    [Fact]
    public void Pixels_that_touch_at_a_corner_are_one_part_and_holes_that_do_are_two()
    {
        byte[] pixels =
        [
            1, 1, 1, 1, 0,
            1, 0, 1, 1, 0,
            1, 1, 0, 1, 0,
            1, 1, 1, 1, 0,
            0, 0, 0, 0, 1,
        ];

        MaskPolygon polygon = Assert.Single(SamMask.FromBytes(pixels, 5, 5).ToPolygons());

        Assert.Equal(2, polygon.Holes.Count);
        Assert.Equal(15, Area(polygon));
    }

    [Fact]
    public void An_empty_mask_has_no_polygon() => Assert.Empty(SamMask.FromBytes(new byte[6], 3, 2).ToPolygons());

    private static IEnumerable<IReadOnlyList<(int X, int Y)>> Rings(IEnumerable<MaskPolygon> polygons) =>
        polygons.SelectMany(polygon => polygon.Holes.Prepend(polygon.Outer));

    // Along the middle line of a row of pixels, every vertical side that is met changes in to out or out to in.
    private static byte[] EvenOdd(IEnumerable<IReadOnlyList<(int X, int Y)>> rings, int width, int height)
    {
        bool[] sides = new bool[height * (width + 1)];
        foreach (IReadOnlyList<(int X, int Y)> ring in rings)
        {
            for (int i = 0; i < ring.Count; i++)
            {
                (int X, int Y) from = ring[i], to = ring[(i + 1) % ring.Count];
                for (int y = Math.Min(from.Y, to.Y); y < Math.Max(from.Y, to.Y); y++)
                {
                    sides[(y * (width + 1)) + from.X] ^= true;
                }
            }
        }

        byte[] pixels = new byte[width * height];
        for (int y = 0; y < height; y++)
        {
            bool inside = false;
            for (int x = 0; x < width; x++)
            {
                inside ^= sides[(y * (width + 1)) + x];
                pixels[(y * width) + x] = inside ? (byte)255 : (byte)0;
            }
        }

        return pixels;
    }

    private static bool TurnsEverywhere(IReadOnlyList<(int X, int Y)> ring)
    {
        for (int i = 0; i < ring.Count; i++)
        {
            (int X, int Y) before = ring[i], corner = ring[(i + 1) % ring.Count], after = ring[(i + 2) % ring.Count];
            bool comesLevel = before.Y == corner.Y && before.X != corner.X;
            bool comesUpright = before.X == corner.X && before.Y != corner.Y;
            bool goesUpright = corner.X == after.X && corner.Y != after.Y;
            bool goesLevel = corner.Y == after.Y && corner.X != after.X;
            if (!(comesLevel && goesUpright) && !(comesUpright && goesLevel))
            {
                return false;
            }
        }

        return ring.Count >= 4;
    }

    // Positive clockwise on the screen, where y grows downwards.
    private static long SignedArea(IReadOnlyList<(int X, int Y)> ring)
    {
        long twice = 0;
        for (int i = 0; i < ring.Count; i++)
        {
            (int X, int Y) from = ring[i], to = ring[(i + 1) % ring.Count];
            twice += ((long)from.X * to.Y) - ((long)to.X * from.Y);
        }

        return twice / 2;
    }

    private static int Area(MaskPolygon polygon) =>
        (int)(SignedArea(polygon.Outer) + polygon.Holes.Sum(SignedArea));

    // Inside: all parts, neighbours also by corners. Outside: those that do not reach the border, neighbours by sides.
    private static List<int> PartSizes(SamMask mask, bool inside)
    {
        List<int> sizes = [];
        HashSet<(int X, int Y)> seen = [];
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                if (mask[x, y] == inside && seen.Add((x, y)))
                {
                    (int size, bool atBorder) = Flood(mask, inside, (x, y), seen);
                    if (inside || !atBorder)
                    {
                        sizes.Add(size);
                    }
                }
            }
        }

        return sizes;
    }

    private static (int Size, bool AtBorder) Flood(
        SamMask mask, bool inside, (int X, int Y) start, HashSet<(int X, int Y)> seen)
    {
        Stack<(int X, int Y)> open = new([start]);
        int size = 0;
        bool atBorder = false;
        while (open.TryPop(out (int X, int Y) pixel))
        {
            size++;
            for (int dy = -1; dy <= 1; dy++)
            {
                for (int dx = -1; dx <= 1; dx++)
                {
                    (int X, int Y) next = (pixel.X + dx, pixel.Y + dy);
                    bool exists = next.X >= 0 && next.Y >= 0 && next.X < mask.Width && next.Y < mask.Height;
                    bool joined = inside || dx == 0 || dy == 0;
                    atBorder |= !exists && joined;
                    if (exists && joined && mask[next.X, next.Y] == inside && seen.Add(next))
                    {
                        open.Push(next);
                    }
                }
            }
        }

        return (size, atBorder);
    }
}
