using System.Text;
using System.Text.Json;
using SamNative.Model.Tests.Masks;
using Xunit;

namespace SamNative.Model.Tests.Results;

/// <summary>labelme's files: what is in them, round trips, files it saved again, files that lie.</summary>
public sealed class LabelmeTests
{
    private const string Triangle = "{\"version\":\"5.4.1\",\"flags\":{},\"shapes\":[{\"label\":\"hill\",\"points\":"
        + "[[0,0],[8.5,0],[0,8.5]],\"group_id\":null,\"description\":\"\",\"shape_type\":\"polygon\",\"flags\":{},"
        + "\"mask\":null}],\"imagePath\":\"a.png\",\"imageData\":null,\"imageHeight\":9,\"imageWidth\":10}";

    [Fact]
    public void The_text_of_a_polygon_is_that_written_by_hand()
    {
        using MemoryStream stream = new();
        LabelmeFile.Write(RandomResults.Small, stream);

        Assert.Equal(
            "{\"version\":\"5.2.0\",\"flags\":{},\"shapes\":[{\"label\":\"object\",\"points\":[[0,0],[1,0],[1,1],[2,1],"
            + "[2,2],[0,2]],\"group_id\":0,\"shape_type\":\"polygon\",\"flags\":{},\"mask\":null}],"
            + "\"imagePath\":\"a.png\",\"imageData\":null,\"imageHeight\":2,\"imageWidth\":3}\n",
            Rotated(Encoding.UTF8.GetString(stream.ToArray())));
    }

    [Fact]
    public void A_part_with_a_hole_is_a_mask_between_its_first_and_last_pixel()
    {
        SamMask ring = SamMask.FromBytes(
            [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0], 5, 4);

        JsonElement shape = Assert.Single(Shapes(Written(ring)));

        Assert.Equal("mask", shape.GetProperty("shape_type").GetString());
        Assert.Equal("[[1,1],[3,3]]", shape.GetProperty("points").GetRawText());
        byte[] png = shape.GetProperty("mask").GetBytesFromBase64();
        Assert.Equal(
            [255, 255, 255, 255, 0, 255, 255, 255, 255], GrayPng.Read(png, "png", 8, MaskFileLimits.Default).Samples);
    }

    [Fact]
    public void Masks_come_back_whatever_their_parts_and_holes() => RandomResults.All(picture =>
    {
        using MemoryStream stream = new();
        LabelmeFile.Write(picture, stream);
        IReadOnlyList<MaskRle> read = LabelmeFile.Read(stream.ToArray());
        MaskRle[] expected = [.. picture.Masks.Select(mask => mask.Segmentation).Where(mask => mask.Area > 0)];
        return read.Count == expected.Length
            && read.Zip(expected, (a, b) => a.Size == b.Size && a.ToCocoRle() == b.ToCocoRle()).All(same => same);
    });

    [Fact]
    public void A_polygon_drawn_by_hand_covers_the_pixels_whose_middle_it_holds()
    {
        SamMask mask = Assert.Single(LabelmeFile.Read(Encoding.UTF8.GetBytes(Triangle))).ToMask();

        for (int y = 0; y < 9; y++)
        {
            for (int x = 0; x < 10; x++)
            {
                Assert.Equal(x + 0.5 + y + 0.5 < 8.5, mask[x, y]);
            }
        }
    }

    [Fact]
    public void Shapes_without_a_group_are_masks_of_their_own()
    {
        string shape = Triangle[Triangle.IndexOf("{\"label\"", StringComparison.Ordinal)..Triangle.IndexOf("],\"imagePath", StringComparison.Ordinal)];
        string two = Triangle.Replace(shape, $"{shape},{shape}", StringComparison.Ordinal);
        string grouped = two.Replace("\"group_id\":null", "\"group_id\":7", StringComparison.Ordinal);

        Assert.Equal(2, LabelmeFile.Read(Encoding.UTF8.GetBytes(two)).Count);
        Assert.Equal(
            Assert.Single(LabelmeFile.Read(Encoding.UTF8.GetBytes(Triangle))).ToCocoRle(),
            Assert.Single(LabelmeFile.Read(Encoding.UTF8.GetBytes(grouped))).ToCocoRle());
    }

    [Theory]
    [InlineData("\"polygon\"", "\"circle\"", MaskFormatError.BadValue, "shapes[0].shape_type")]
    [InlineData("\"polygon\"", "\"mask\"", MaskFormatError.BadValue, "shapes[0].mask")]
    [InlineData("[0,8.5]", "null", MaskFormatError.BadValue, "shapes[0].points")]
    [InlineData("[0,8.5]", "[1]", MaskFormatError.BadValue, "shapes[0].points")]
    [InlineData("[0,8.5]", "[1,1e999]", MaskFormatError.BadValue, "shapes[0].points")]
    [InlineData("\"imageHeight\":9", "\"imageHeight\":0", MaskFormatError.BadValue, "10 x 0")]
    [InlineData("\"imageHeight\":9", "\"imageHeight\":2000000000", MaskFormatError.BeyondLimits, "MaxPixels")]
    [InlineData("\"flags\":{},\"mask\"", "\"mask\"", MaskFormatError.BadStructure, "shapes[0]")]
    [InlineData("\"version\"", "\"versions\"", MaskFormatError.BadStructure, "versions")]
    public void Files_that_lie_are_refused(string part, string instead, MaskFormatError code, string place)
    {
        byte[] content = Encoding.UTF8.GetBytes(Triangle.Replace(part, instead, StringComparison.Ordinal));

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => LabelmeFile.Read(content));

        Assert.Equal(code, error.Code);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[1,1],[3,3]]", "[[1,1],[3,4]]", MaskFormatError.Contradiction)]
    [InlineData("[[1,1],[3,3]]", "[[3,1],[5,3]]", MaskFormatError.Contradiction)]
    [InlineData("[[1,1],[3,3]]", "[[-1,1],[1,3]]", MaskFormatError.Contradiction)]
    [InlineData("[[1,1],[3,3]]", "[[1.5,1],[3.5,3]]", MaskFormatError.Contradiction)]
    [InlineData("\"mask\":\"iVBOR", "\"mask\":\"AAAAA", MaskFormatError.BadSyntax)]
    [InlineData("\"mask\":\"iVBOR", "\"mask\":\"!VBOR", MaskFormatError.BadValue)]
    public void Masks_that_do_not_fit_are_refused(string part, string instead, MaskFormatError code)
    {
        SamMask ring = SamMask.FromBytes(
            [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0], 5, 4);
        string text = Encoding.UTF8.GetString(Written(ring));
        Assert.Contains(part, text, StringComparison.Ordinal);

        MaskFormatException error = Assert.Throws<MaskFormatException>(
            () => LabelmeFile.Read(Encoding.UTF8.GetBytes(text.Replace(part, instead, StringComparison.Ordinal))));

        Assert.Equal(code, error.Code);
    }

    [Fact]
    public void A_polygon_that_costs_too_much_is_refused_at_once()
    {
        string zigzag = string.Join(',', Enumerable.Range(0, 40_000).Select(i => $"[{i % 9},{(i % 2) * 9}]"));
        byte[] content = Encoding.UTF8.GetBytes(
            Triangle.Replace("[0,0],[8.5,0],[0,8.5]", zigzag, StringComparison.Ordinal));

        MaskFormatException error = Assert.Throws<MaskFormatException>(() => LabelmeFile.Read(content));

        Assert.Equal(MaskFormatError.BeyondLimits, error.Code);
    }

    [Fact]
    public void Damaged_files_give_masks_or_the_one_exception()
    {
        byte[][] seeds = [Encoding.UTF8.GetBytes(Triangle), Written(RandomMasks.Make(20, 20, new Random(4)))];
        Random random = new(20261127);
        int refused = 0;
        for (int i = 0; i < 10_000; i++)
        {
            try
            {
                LabelmeFile.Read(Damage.Bytes(seeds[i % 2], random), limits: new MaskFileLimits { MaxPixels = 1 << 16 });
            }
            catch (MaskFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 5000, 10_000);
    }

    private static byte[] Written(SamMask mask)
    {
        MaskRle rle = MaskRle.FromMask(mask);
        AutomaticMask one = RandomResults.Small.Masks[0] with { Segmentation = rle, Bounds = rle.Bounds };
        using MemoryStream stream = new();
        LabelmeFile.Write(new PictureMasks("a.png", rle.Size, [one]), stream);
        return stream.ToArray();
    }

    private static JsonElement[] Shapes(byte[] content)
    {
        using JsonDocument document = JsonDocument.Parse(content);
        return [.. document.RootElement.Clone().GetProperty("shapes").EnumerateArray()];
    }

    /// <summary>The ring from its top left corner on, wherever the tracer began.</summary>
    private static string Rotated(string text) => text.Replace(
        "[[1,0],[1,1],[2,1],[2,2],[0,2],[0,0]]", "[[0,0],[1,0],[1,1],[2,1],[2,2],[0,2]]", StringComparison.Ordinal);
}
