using System.Text.Json;
using Xunit;

namespace SamNative.Model.Tests.Masks;

/// <summary>Equality with the original: run lengths, COCO strings, areas and boxes.</summary>
public sealed class MaskReferenceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Mask_utils_are_those_of_the_original(int number)
    {
        JsonElement values = MaskUtilsReference.Values(number);
        int[] size = MaskUtilsReference.Integers(values.GetProperty("size"));
        byte[] pixels = MaskUtilsReference.Pixels(number);
        int[] rle = MaskUtilsReference.Integers(values.GetProperty("rle"));
        string cocoRle = values.GetProperty("coco_rle").GetString()!;

        SamMask mask = SamMask.FromBytes(pixels, size[1], size[0]);

        Assert.Equal(rle, mask.ToRle());
        Assert.Equal(cocoRle, mask.ToCocoRle());
        Assert.Equal(values.GetProperty("area").GetInt32(), mask.Area);
        Assert.Equal(Xywh(values.GetProperty("box")), mask.Bounds);
        Assert.Equal(mask.ToBytes(), SamMask.FromRle(rle, size[1], size[0]).ToBytes());
        Assert.Equal(mask.ToBytes(), SamMask.FromCocoRle(cocoRle, size[1], size[0]).ToBytes());
    }

    [Theory]
    [InlineData("demo.playground.amg.json")]
    [InlineData("tiny.playground_small.amg.json")]
    public void Automatic_masks_have_the_area_the_box_and_the_runs_of_their_records(string file)
    {
        int records = 0;
        foreach (JsonProperty run in MaskUtilsReference.Json(file).GetProperty("runs").EnumerateObject())
        {
            foreach (JsonElement record in run.Value.GetProperty("records").EnumerateArray())
            {
                JsonElement segmentation = record.GetProperty("segmentation");
                int[] size = MaskUtilsReference.Integers(segmentation.GetProperty("size"));
                int[] counts = MaskUtilsReference.Integers(segmentation.GetProperty("counts"));
                int[] box = MaskUtilsReference.Integers(record.GetProperty("bbox"));

                SamMask mask = SamMask.FromRle(counts, size[1], size[0]);

                Assert.Equal(record.GetProperty("area").GetInt32(), mask.Area);
                Assert.Equal(new MaskBounds(box[0], box[1], box[2], box[3]), mask.Bounds);
                Assert.Equal(counts, mask.ToRle());
                records++;
            }
        }

        Assert.True(records > 0, $"{file} has no records");
    }

    // The reference gives the box with its far corner (batched_mask_to_box); records have its size.
    private static MaskBounds Xywh(JsonElement box)
    {
        int[] xyxy = MaskUtilsReference.Integers(box);
        return new MaskBounds(xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]);
    }
}
