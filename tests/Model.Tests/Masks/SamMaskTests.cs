using Xunit;

namespace SamNative.Model.Tests.Masks;

/// <summary>Pixels in and out, and what is counted over them, against plain loops over bytes.</summary>
public sealed class SamMaskTests
{
    [Fact]
    public void Bytes_come_back() => RandomMasks.All(mask =>
    {
        byte[] bytes = mask.ToBytes();
        return bytes.All(value => value is 0 or 255)
            && SamMask.FromBytes(bytes, mask.Width, mask.Height).ToBytes().AsSpan().SequenceEqual(bytes);
    });

    [Fact]
    public void Every_byte_but_zero_is_in()
    {
        byte[] values = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        SamMask mask = SamMask.FromBytes(values, 256, 1);

        Assert.Equal(255, mask.Area);
        Assert.False(mask[0, 0]);
        for (int x = 1; x < 256; x++)
        {
            Assert.True(mask[x, 0], $"the value {x}");
        }
    }

    [Fact]
    public void Pixels_are_addressed_x_then_y() => RandomMasks.All(mask =>
    {
        byte[] bytes = mask.ToBytes();
        return Pixels(mask).All(pixel => mask[pixel.X, pixel.Y] == (bytes[(pixel.Y * mask.Width) + pixel.X] != 0));
    });

    [Fact]
    public void Area_and_bounds_are_those_of_plain_loops() => RandomMasks.All(mask =>
    {
        (int X, int Y)[] inside = [.. Pixels(mask).Where(pixel => mask[pixel.X, pixel.Y])];
        MaskBounds bounds = default;
        if (inside.Length > 0)
        {
            int left = inside.Min(pixel => pixel.X), top = inside.Min(pixel => pixel.Y);
            bounds = new MaskBounds(left, top, inside.Max(pixel => pixel.X) - left, inside.Max(pixel => pixel.Y) - top);
        }

        return mask.Area == inside.Length && mask.Bounds == bounds;
    });

    [Fact]
    public void Intersection_over_union_is_that_of_plain_loops() => RandomMasks.Pairs((first, second) =>
    {
        int both = Pixels(first).Count(pixel => first[pixel.X, pixel.Y] && second[pixel.X, pixel.Y]);
        int either = Pixels(first).Count(pixel => first[pixel.X, pixel.Y] || second[pixel.X, pixel.Y]);
        double expected = either == 0 ? 0 : (double)both / either;
        return first.IntersectionOverUnion(second) == expected
            && first.IntersectionOverUnion(first) == (first.Area == 0 ? 0 : 1);
    });

    [Fact]
    public void Bits_behind_a_row_stay_zero() => RandomMasks.All(mask =>
        RowsEndInZeros(mask) && RowsEndInZeros(SamMask.FromRle(mask.ToRle(), mask.Width, mask.Height)));

    [Fact]
    public void To_bytes_writes_the_given_value_and_nothing_behind_the_mask()
    {
        SamMask mask = SamMask.FromBytes([1, 0, 1, 0, 1, 0], 3, 2);
        byte[] bytes = [9, 9, 9, 9, 9, 9, 9];

        mask.ToBytes(bytes, on: 1);

        Assert.Equal([1, 0, 1, 0, 1, 0, 9], bytes);
    }

    [Fact]
    public void Filling_a_destination_allocates_nothing()
    {
        SamMask mask = SamMask.FromBytes(new byte[100 * 70], 100, 70);
        byte[] bytes = new byte[100 * 70];
        mask.ToBytes(bytes);

        long before = GC.GetAllocatedBytesForCurrentThread();
        mask.ToBytes(bytes);
        int area = mask.Area + mask.Bounds.Width;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, area);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Clear_takes_all_pixels_out()
    {
        SamMask mask = SamMask.FromBytes([1, 1, 1, 1], 2, 2);

        mask.Clear();

        Assert.Equal(0, mask.Area);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(-1, -1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(1, 33_554_432)]
    [InlineData(65_536, 32_768)]
    public void Impossible_sizes_are_refused_before_anything_is_allocated(int width, int height)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ArgumentOutOfRangeException>(() => SamMask.FromBytes([1], width, height));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamMask.FromRle([1], width, height));
        Assert.Throws<ArgumentOutOfRangeException>(() => SamMask.FromCocoRle("1", width, height));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated < 1 << 20, $"{allocated} bytes");
    }

    [Fact]
    public void Wrong_lengths_and_places_are_refused()
    {
        SamMask mask = SamMask.FromBytes([1, 1, 1, 1, 1, 1], 3, 2);

        Assert.Throws<ArgumentException>(() => SamMask.FromBytes([1, 1, 1], 2, 2));
        Assert.Throws<ArgumentException>(() => SamMask.FromBytes([1, 1, 1, 1, 1], 2, 2));
        Assert.Throws<ArgumentException>(() => mask.ToBytes(new byte[5]));
        Assert.Throws<ArgumentException>(() => mask.IntersectionOverUnion(SamMask.FromBytes([1, 1, 1, 1, 1, 1], 2, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[3, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[0, 2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[-1, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[0, -1]);
    }

    private static IEnumerable<(int X, int Y)> Pixels(SamMask mask) =>
        from y in Enumerable.Range(0, mask.Height)
        from x in Enumerable.Range(0, mask.Width)
        select (x, y);

    private static bool RowsEndInZeros(SamMask mask)
    {
        ulong beyond = mask.Width % 64 == 0 ? 0 : ulong.MaxValue << (mask.Width % 64);
        return Enumerable.Range(0, mask.Height).All(y => (mask.RowBits(y)[^1] & beyond) == 0);
    }
}
