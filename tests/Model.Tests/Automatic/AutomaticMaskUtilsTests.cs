using System.Text.Json;
using SamNative.Kernels;
using SamNative.Model.Tests.Masks;
using Xunit;

namespace SamNative.Model.Tests.Automatic;

/// <summary>The parts of automatic masks against the original's utils/amg.py and torchvision's nms.</summary>
public sealed class AutomaticMaskUtilsTests
{
    private static readonly JsonElement utils = MaskUtilsReference.Json("mask_utils.json");

    [Fact]
    public void Crops_are_those_of_the_original()
    {
        foreach (JsonElement item in utils.GetProperty("crop_boxes").EnumerateArray())
        {
            int[] size = MaskUtilsReference.Integers(item.GetProperty("size"));
            List<(CropBox Box, int Layer)> crops = CropLayers.Boxes(
                new ImageSize(size[0], size[1]), item.GetProperty("layers").GetInt32(), item.GetProperty("overlap").GetDouble());
            Assert.Equal(MaskUtilsReference.Integers(item.GetProperty("layer_idxs")), crops.Select(crop => crop.Layer));
            Assert.Equal(
                item.GetProperty("boxes").EnumerateArray().Select(MaskUtilsReference.Integers),
                crops.Select(crop => (int[])[crop.Box.X, crop.Box.Y, crop.Box.X + crop.Box.Width, crop.Box.Y + crop.Box.Height]));
        }
    }

    [Fact]
    public void Small_pictures_have_no_crops_without_pixels()
    {
        Assert.All(
            CropLayers.Boxes(new ImageSize(3, 5), 4, 0.3), crop => Assert.True(
                crop.Box is { Width: > 0, Height: > 0, X: >= 0, Y: >= 0 } box && box.X + box.Width <= 5 && box.Y + box.Height <= 3));
    }

    [Fact]
    public void Grids_are_those_of_the_original_to_the_last_bit()
    {
        foreach (JsonElement item in utils.GetProperty("point_grids").EnumerateArray())
        {
            AutomaticMaskOptions options = new AutomaticMaskOptions
            {
                PointsPerSide = item.GetProperty("n_per_side").GetInt32(),
                CropNPointsDownscaleFactor = item.GetProperty("scale").GetInt32(),
            }.Or(AutomaticMaskOptions.Originals);
            JsonElement[] grids = [.. item.GetProperty("grids").EnumerateArray()];
            Assert.NotEmpty(grids);
            for (int layer = 0; layer < grids.Length; layer++)
            {
                Assert.Equal(
                    grids[layer].EnumerateArray().Select(point => (point[0].GetDouble(), point[1].GetDouble())),
                    options.Points(layer));
            }
        }
    }

    [Fact]
    public void Masks_at_a_crop_s_edge_are_those_of_the_original()
    {
        foreach (JsonElement item in utils.GetProperty("near_crop_edge").EnumerateArray())
        {
            int[] crop = MaskUtilsReference.Integers(item.GetProperty("crop"));
            int[] picture = MaskUtilsReference.Integers(item.GetProperty("orig"));
            IEnumerable<bool> cut = item.GetProperty("boxes").EnumerateArray().Select(MaskUtilsReference.Integers).Select(box =>
                CropLayers.IsCutOff(
                    new MaskBounds(crop[0] + box[0], crop[1] + box[1], box[2] - box[0], box[3] - box[1]),
                    new CropBox(crop[0], crop[1], crop[2] - crop[0], crop[3] - crop[1]), new ImageSize(picture[3], picture[2])));
            Assert.Equal(item.GetProperty("near").EnumerateArray().Select(near => near.GetBoolean()), cut);
        }
    }

    [Theory]
    [InlineData("nms", "0.3")]
    [InlineData("nms", "0.7")]
    [InlineData("nms_ties", "0.3")]
    [InlineData("nms_ties", "0.5")]
    [InlineData("nms_ties", "0.7")]
    public void Suppression_is_torchvision_s(string name, string threshold)
    {
        using ReferenceTensors reference = ReferenceTensors.Open("mask_utils.safetensors");
        float[] values = reference.Floats($"{name}.boxes");
        Corners[] boxes = [.. values.Chunk(4).Select(box => new Corners(box[0], box[1], box[2], box[3]))];
        List<int> kept = BoxSuppression.Keep(
            boxes, reference.Floats($"{name}.scores"), double.Parse(threshold, System.Globalization.CultureInfo.InvariantCulture),
            default);
        Assert.Equal(reference.Longs($"{name}.keep_{threshold}"), kept.Select(index => (long)index));
    }

    [Fact]
    public void Boxes_without_an_area_suppress_nothing()
    {
        Corners[] boxes = [new(3, 3, 3, 3), new(3, 3, 3, 3), new(0, 0, 9, 9)];
        Assert.Equal([2, 0, 1], BoxSuppression.Keep(boxes, [0.5f, 0.5f, 0.6f], 0.1, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Small_regions_are_removed_as_the_original_does(int number)
    {
        const int Area = 6;
        using ReferenceTensors reference = ReferenceTensors.Open("mask_utils.safetensors");
        int[] size = MaskUtilsReference.Integers(MaskUtilsReference.Values(number).GetProperty("size"));
        SamMask Mask() => SamMask.FromBytes(MaskUtilsReference.Pixels(number), size[1], size[0]);

        SamMask filled = Mask();
        bool holes = RegionFilter.FillSmallHoles(filled, Area);
        Assert.Equal(MaskUtilsReference.Values(number).GetProperty("holes6_changed").GetBoolean(), holes);
        Assert.Equal(reference.Bytes($"mask{number}.holes6"), Ones(filled));

        SamMask cleared = Mask();
        bool islands = RegionFilter.RemoveSmallIslands(cleared, Area);
        Assert.Equal(MaskUtilsReference.Values(number).GetProperty("islands6_changed").GetBoolean(), islands);
        Assert.Equal(reference.Bytes($"mask{number}.islands6"), Ones(cleared));
    }

    /// <summary>The logits as the corner of a square that is neither stretched nor shrunk.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public unsafe void Stability_mask_and_box_are_those_of_the_original(int number)
    {
        using ReferenceTensors reference = ReferenceTensors.Open("mask_utils.safetensors");
        JsonElement values = MaskUtilsReference.Values(number);
        int[] shape = MaskUtilsReference.Integers(values.GetProperty("size"));
        ImageSize size = new(shape[0], shape[1]);
        int side = Math.Max(size.Height, size.Width);
        float[] logits = reference.Floats($"mask{number}.logits");
        float[] square = new float[side * side];
        for (int y = 0; y < size.Height; y++)
        {
            logits.AsSpan(y * size.Width, size.Width).CopyTo(square.AsSpan(y * side));
        }

        ImageSize whole = new(side, side);
        using MaskScan scan = new(KernelTable.For(Isa.Default), new MaskFrame(whole, whole, size, size), 1.0);
        fixed (float* pointer = square)
        {
            Assert.Equal((float)values.GetProperty("stability_score").GetDouble(), scan.Run(pointer, default));
        }

        Assert.Equal(MaskUtilsReference.Integers(values.GetProperty("rle")), scan.Mask.ToRle());
        int[] box = MaskUtilsReference.Integers(values.GetProperty("box"));
        Assert.Equal(new MaskBounds(box[0], box[1], box[2] - box[0], box[3] - box[1]), scan.Mask.Bounds);
    }

    private static byte[] Ones(SamMask mask)
    {
        byte[] pixels = new byte[mask.Width * mask.Height];
        mask.ToBytes(pixels, on: 1);
        return pixels;
    }
}
