using System.Text.Json;
using SamNative.Model.Tests.Masks;
using Xunit;

namespace SamNative.Model.Tests.Automatic;

/// <summary>The original's automatic masks: the same records in the same order.</summary>
public sealed class AutomaticMaskParityTests
{
    public static TheoryData<string, string, string> Runs
    {
        get
        {
            TheoryData<string, string, string> runs = [];
            foreach ((string model, string picture) in (ReadOnlySpan<(string, string)>)[("tiny", "playground_small"), ("demo", "playground")])
            {
                foreach (JsonProperty run in Json(model, picture).EnumerateObject())
                {
                    runs.Add(model, picture, run.Name);
                }
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Records_are_those_of_the_original(string modelName, string picture, string run)
    {
        JsonElement expected = Json(modelName, picture).GetProperty(run);
        IReadOnlyList<AutomaticMask> masks = Generate(modelName, picture, Options(expected.GetProperty("params")));

        JsonElement[] records = [.. expected.GetProperty("records").EnumerateArray()];
        Assert.Equal(records.Length, masks.Count);
        for (int i = 0; i < records.Length; i++)
        {
            AssertClose(records[i], masks[i]);
        }

        int equal = records.Zip(masks, IsEqual).Count(same => same);
        Assert.True(equal >= 0.95 * records.Length, $"{equal} of {records.Length} records are equal");
    }

    [Fact]
    public void Without_parameters_the_file_s_own_hold()
    {
        using SamModel model = TestModels.Load("demo");
        using AutomaticMaskGenerator generator = new(model);
        Assert.Equal(24, generator.Options.PointsPerSide);
        Assert.Equal(0.6, generator.Options.PredIouThresh);
        Assert.Equal(0.7, generator.Options.StabilityScoreThresh);
        Assert.Equal(0.7, generator.Options.BoxNmsThresh);

        JsonElement[] records = [.. Json("demo", "playground").GetProperty("own_defaults").GetProperty("records").EnumerateArray()];
        IReadOnlyList<AutomaticMask> masks = generator.Generate(TestModels.Picture("playground").View);
        Assert.Equal(records.Length, masks.Count);
        Assert.All(records.Zip(masks), pair => AssertClose(pair.First, pair.Second));
    }

    [Fact]
    public void What_the_caller_sets_goes_before_the_file_s_own()
    {
        using SamModel model = TestModels.Load("demo");
        using AutomaticMaskGenerator generator = new(model, new AutomaticMaskOptions { PointsPerSide = 3 });
        Assert.Equal(3, generator.Options.PointsPerSide);
        Assert.Equal(0.6, generator.Options.PredIouThresh);
    }

    [Fact]
    public void Without_both_the_original_s_defaults_hold()
    {
        using SamModel model = TestModels.Load("tiny");
        using AutomaticMaskGenerator generator = new(model);
        Assert.Equal(
            new AutomaticMaskOptions
            {
                PointsPerSide = 32,
                PointsPerBatch = 64,
                PredIouThresh = 0.88,
                StabilityScoreThresh = 0.95,
                StabilityScoreOffset = 1.0,
                BoxNmsThresh = 0.7,
                CropNLayers = 0,
                CropNmsThresh = 0.7,
                CropOverlapRatio = 512.0 / 1500.0,
                CropNPointsDownscaleFactor = 1,
                MinMaskRegionArea = 0,
                FillHoles = false,
            },
            generator.Options);
    }

    private static IReadOnlyList<AutomaticMask> Generate(string modelName, string picture, AutomaticMaskOptions options)
    {
        using SamModel model = TestModels.Load(modelName);
        using AutomaticMaskGenerator generator = new(model, options);
        return generator.Generate(TestModels.Picture(picture).View);
    }

    private static JsonElement Json(string model, string picture) =>
        MaskUtilsReference.Json($"{model}.{picture}.amg.json").GetProperty("runs");

    /// <summary>The parameters a run was made with; the others are the original's, whatever the file says.</summary>
    private static AutomaticMaskOptions Options(JsonElement parameters) =>
        parameters.Deserialize(AutomaticMaskJson.Default.AutomaticMaskOptions)!.Or(AutomaticMaskOptions.Originals);

    /// <summary>
    /// A pixel whose logit is zero to the last digits may fall on either side: the original was run in double precision.
    /// </summary>
    private const int PixelsInDoubt = 2;

    private static void AssertClose(JsonElement record, AutomaticMask mask)
    {
        MaskRle expected = Segmentation(record);
        double overlap = expected.ToMask().IntersectionOverUnion(mask.Segmentation.ToMask());
        Assert.True(overlap >= 0.999, $"IoU {overlap}");
        Assert.Equal(expected.Size, mask.Segmentation.Size);
        Assert.Equal(record.GetProperty("area").GetDouble(), mask.Area, (double)PixelsInDoubt);
        Assert.Equal(Numbers(record.GetProperty("bbox")), new double[] { mask.Bounds.X, mask.Bounds.Y, mask.Bounds.Width, mask.Bounds.Height });
        Assert.Equal(
            Numbers(record.GetProperty("crop_box")),
            new double[] { mask.CropBox.X, mask.CropBox.Y, mask.CropBox.Width, mask.CropBox.Height });
        Assert.Equal(Numbers(record.GetProperty("point_coords")[0]), new double[] { mask.Point.X, mask.Point.Y });
        Assert.Equal(record.GetProperty("predicted_iou").GetDouble(), mask.PredictedIou, 5e-6);
        Assert.Equal(record.GetProperty("stability_score").GetDouble(), mask.StabilityScore, 1e-4);
    }

    private static bool IsEqual(JsonElement record, AutomaticMask mask) =>
        Segmentation(record).Counts.SequenceEqual(mask.Segmentation.Counts);

    private static MaskRle Segmentation(JsonElement record)
    {
        JsonElement rle = record.GetProperty("segmentation");
        int[] size = MaskUtilsReference.Integers(rle.GetProperty("size"));
        return MaskRle.FromCounts(MaskUtilsReference.Integers(rle.GetProperty("counts")), new ImageSize(size[0], size[1]));
    }

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetDouble())];
}
