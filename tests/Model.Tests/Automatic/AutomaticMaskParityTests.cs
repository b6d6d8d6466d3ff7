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
        using SamModel model = TestModels.Load(modelName);
        using AutomaticMaskGenerator generator = new(model, Options(expected.GetProperty("params")));
        ImageView image = TestModels.Picture(picture).View;
        IReadOnlyList<AutomaticMask> masks = generator.Generate(image);

        JsonElement[] records = [.. expected.GetProperty("records").EnumerateArray()];
        Assert.Equal(records.Length, masks.Count);
        for (int i = 0; i < records.Length; i++)
        {
            AssertSame(records[i], masks[i]);
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
        ImageView image = TestModels.Picture("playground").View;
        IReadOnlyList<AutomaticMask> masks = generator.Generate(image);
        Assert.Equal(records.Length, masks.Count);
        Assert.All(records.Zip(masks), pair => AssertSame(pair.First, pair.Second));
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

    private static JsonElement Json(string model, string picture) =>
        MaskUtilsReference.Json($"{model}.{picture}.amg.json").GetProperty("runs");

    /// <summary>The parameters a run was made with; the others are the original's, whatever the file says.</summary>
    private static AutomaticMaskOptions Options(JsonElement parameters) =>
        parameters.Deserialize(AutomaticMaskJson.Default.AutomaticMaskOptions)!.Or(AutomaticMaskOptions.Originals);

    /// <summary>
    /// The one pixel of all records that differs: of the run loose, in the mask with an area of 150,810 there and 150,811
    /// here. It is in the mask, by docs/numerics.md; the original's single precision rounded it out.
    /// </summary>
    private static readonly (int X, int Y) InDoubt = (319, 553);

    [Fact]
    public void The_pixel_in_doubt_has_the_logit_of_exact_arithmetic()
    {
        using SamModel model = TestModels.Load("demo");
        using SamPredictor predictor = model.CreatePredictor();
        ImageView image = TestModels.Picture("playground").View;
        predictor.SetImage(image);
        SamPrediction answer = predictor.Predict(SamPrompt.At(255, 510));
        float[] logits = new float[image.Width * image.Height];
        predictor.CopyLogits(answer, 1, logits);
        Assert.Equal(3.23e-6, logits[(InDoubt.Y * image.Width) + InDoubt.X], 5e-7);
        Assert.Equal(150_811, answer.Masks[1].Area);
    }

    private static void AssertSame(JsonElement record, AutomaticMask mask)
    {
        MaskRle expected = Segmentation(record);
        Assert.Equal(expected.Size, mask.Segmentation.Size);
        Assert.All(
            Differences(expected.ToMask(), mask.Segmentation.ToMask()), pixel => Assert.Equal(InDoubt, pixel));
        double overlap = expected.ToMask().IntersectionOverUnion(mask.Segmentation.ToMask());
        Assert.True(overlap >= 0.999, $"IoU {overlap}");
        Assert.Equal(expected.Area, record.GetProperty("area").GetInt32());
        Assert.Equal(Numbers(record.GetProperty("bbox")), new double[] { mask.Bounds.X, mask.Bounds.Y, mask.Bounds.Width, mask.Bounds.Height });
        Assert.Equal(
            Numbers(record.GetProperty("crop_box")),
            new double[] { mask.CropBox.X, mask.CropBox.Y, mask.CropBox.Width, mask.CropBox.Height });
        Assert.Equal(Numbers(record.GetProperty("point_coords")[0]), new double[] { mask.Point.X, mask.Point.Y });
        Assert.Equal(record.GetProperty("predicted_iou").GetDouble(), mask.PredictedIou, 5e-6);
        Assert.Equal(record.GetProperty("stability_score").GetDouble(), mask.StabilityScore, 1e-4);
    }

    private static IEnumerable<(int X, int Y)> Differences(SamMask left, SamMask right)
    {
        for (int y = 0; y < left.Height; y++)
        {
            for (int x = 0; x < left.Width; x++)
            {
                if (left[x, y] != right[x, y])
                {
                    yield return (x, y);
                }
            }
        }
    }

    private static bool IsEqual(JsonElement record, AutomaticMask mask) =>
        Segmentation(record).ToCocoRle() == mask.Segmentation.ToCocoRle();

    private static MaskRle Segmentation(JsonElement record)
    {
        JsonElement rle = record.GetProperty("segmentation");
        int[] size = MaskUtilsReference.Integers(rle.GetProperty("size"));
        return MaskRle.FromCounts(MaskUtilsReference.Integers(rle.GetProperty("counts")), new ImageSize(size[0], size[1]));
    }

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetDouble())];
}
