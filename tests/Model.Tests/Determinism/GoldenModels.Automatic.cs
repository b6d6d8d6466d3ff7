using SamNative.Model.Tests.Automatic;

namespace SamNative.Model.Tests.Determinism;

internal static partial class GoldenModels
{
    /// <summary>The hash of all records, with crops, suppression and regions: the demo model on a coarse grid.</summary>
    public static string Automatic(SamModel model)
    {
        AutomaticMaskOptions options = new()
        {
            PointsPerSide = 6,
            PointsPerBatch = 5,
            PredIouThresh = 0.3,
            StabilityScoreThresh = 0.3,
            CropNLayers = 1,
            CropNPointsDownscaleFactor = 2,
            MinMaskRegionArea = 100,
        };
        using AutomaticMaskGenerator generator = new(model, options);
        return Hashes.Of(AutomaticMaskGeneratorTests.Text(generator.Generate(TestModels.Picture("playground").View)));
    }
}
