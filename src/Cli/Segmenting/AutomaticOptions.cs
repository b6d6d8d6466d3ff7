using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// The options that say how masks are found, by the names of the original's amg.py, and those the original lacks.
/// </summary>
internal sealed class AutomaticOptions
{
    private readonly Option<int?> pointsPerSide = Whole(
        "--points-per-side", 1, 1024, "Points per side of the grid that is asked. Original: 32.");

    private readonly Option<int?> pointsPerBatch = Whole(
        "--points-per-batch", 1, int.MaxValue, "Points between two reports of progress; the masks do not depend on it.");

    private readonly Option<double?> predIouThresh = Number(
        "--pred-iou-thresh", double.MinValue, double.MaxValue,
        "Keep masks whose predicted IoU is above this; 0 keeps all. Original: 0.88.");

    private readonly Option<double?> stabilityScoreThresh = Number(
        "--stability-score-thresh", double.MinValue, double.MaxValue,
        "Keep masks that are at least so stable; 0 keeps all. Original: 0.95.");

    private readonly Option<double?> stabilityScoreOffset = Number(
        "--stability-score-offset", 0, double.MaxValue, "How far the threshold is shifted to see that. Original: 1.");

    private readonly Option<double?> boxNmsThresh = Number(
        "--box-nms-thresh", 0, double.MaxValue, "Boxes that overlap more than this are of one thing. Original: 0.7.");

    private readonly Option<int?> cropNLayers = Whole(
        "--crop-n-layers", 0, 6, "Also look at parts of the picture: 2 x 2, then 4 x 4 … Original: 0.");

    private readonly Option<double?> cropNmsThresh = Number(
        "--crop-nms-thresh", 0, double.MaxValue, "The same as --box-nms-thresh, between parts. Original: 0.7.");

    private readonly Option<double?> cropOverlapRatio = Number(
        "--crop-overlap-ratio", 0, 1, "How far parts overlap, of the shorter side. Original: 0.3413.");

    private readonly Option<int?> cropNPointsDownscaleFactor = Whole(
        "--crop-n-points-downscale-factor", 1, 1024, "Fewer points in parts: by this factor per layer. Original: 1.");

    private readonly Option<int?> minMaskRegionArea = Whole(
        "--min-mask-region-area", 0, int.MaxValue, "Remove holes and islands of fewer pixels. Original: 0.");

    private readonly Option<double?> maskNmsThresh = Number(
        "--mask-nms-thresh", 0, 1, "Of two masks that overlap more than this, pixel by pixel, keep the better one.");

    private readonly Option<double?> containmentThresh = Number(
        "--containment-thresh", 0, 1, "Drop a mask of which more than this lies inside a better one.");

    private readonly Option<bool> fillHoles = new("--fill-holes")
    {
        Description = "Fill every hole that a mask encloses.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
            {
                pointsPerSide, pointsPerBatch, predIouThresh, stabilityScoreThresh, stabilityScoreOffset, boxNmsThresh,
                cropNLayers, cropNmsThresh, cropOverlapRatio, cropNPointsDownscaleFactor, minMaskRegionArea,
                maskNmsThresh, containmentThresh, fillHoles,
            })
        {
            command.Add(option);
        }
    }

    /// <summary>What was given; what was not is left to the model's file, then to the original's defaults.</summary>
    public AutomaticMaskOptions Read(ParseResult parsed)
    {
        AutomaticMaskOptions options = new()
        {
            PointsPerSide = parsed.GetValue(pointsPerSide),
            PointsPerBatch = parsed.GetValue(pointsPerBatch),
            PredIouThresh = parsed.GetValue(predIouThresh),
            StabilityScoreThresh = parsed.GetValue(stabilityScoreThresh),
            StabilityScoreOffset = parsed.GetValue(stabilityScoreOffset),
            BoxNmsThresh = parsed.GetValue(boxNmsThresh),
            CropNLayers = parsed.GetValue(cropNLayers),
            CropNmsThresh = parsed.GetValue(cropNmsThresh),
            CropOverlapRatio = parsed.GetValue(cropOverlapRatio),
            CropNPointsDownscaleFactor = parsed.GetValue(cropNPointsDownscaleFactor),
            MinMaskRegionArea = parsed.GetValue(minMaskRegionArea),
            MaskNmsThresh = parsed.GetValue(maskNmsThresh),
            ContainmentThresh = parsed.GetValue(containmentThresh),
        };
        return parsed.GetValue(fillHoles) ? options with { FillHoles = true } : options;
    }

    private static Option<int?> Whole(string name, int least, int most, string description) => new(name)
    {
        HelpName = "N",
        Description = description,
        CustomParser = result => (int?)Parse(result, name, IsWhole, least, most, "a whole number"),
    };

    private static Option<double?> Number(string name, double least, double most, string description) => new(name)
    {
        HelpName = "X",
        Description = description,
        CustomParser = result => Parse(result, name, _ => true, least, most, "a number"),
    };

    private static bool IsWhole(string text) => WholeNumber.TryParse(text, out _);

    private static double? Parse(
        ArgumentResult result, string name, Func<string, bool> isRight, double least, double most, string what)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && number >= least && number <= most && isRight(text))
        {
            return number;
        }

        string range = (least, most) switch
        {
            (double.MinValue, _) => string.Empty,
            (_, >= int.MaxValue) => $" from {least} on",
            _ => $" from {least} to {most}",
        };
        result.AddError($"{name} {text}: give {what}{range}.");
        return null;
    }
}
