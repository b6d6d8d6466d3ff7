using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// How automatic masks are made. The names are the original's (SamAutomaticMaskGenerator). What is null was not set by the
/// caller: then the model file's own default holds (<see cref="SamModel.EverythingDefaults"/>), and where it has none
/// the original's, which was tuned for ViT-H.
/// </summary>
public sealed record AutomaticMaskOptions
{
    /// <summary>The most points of all crops together: those of one grid of 1,024 x 1,024.</summary>
    public const int MaxPoints = MostPointsPerSide * MostPointsPerSide;

    private const int MostPointsPerSide = 1024;
    private const int MostCropLayers = 6;

    /// <summary>Points per side of the grid over the picture: <c>points_per_side</c>, 1 … 1024, 32.</summary>
    public int? PointsPerSide { get; init; }

    /// <summary>
    /// Points that are answered between two reports of progress: <c>points_per_batch</c>, 64. The masks and the memory
    /// do not depend on it.
    /// </summary>
    public int? PointsPerBatch { get; init; }

    /// <summary>Masks with a predicted IoU above this stay: <c>pred_iou_thresh</c>, 0.88; at 0 or below all.</summary>
    public double? PredIouThresh { get; init; }

    /// <summary>Masks with at least this stability stay: <c>stability_score_thresh</c>, 0.95; at 0 or below all.</summary>
    public double? StabilityScoreThresh { get; init; }

    /// <summary>By how much the threshold is shifted for the stability, in logits: <c>stability_score_offset</c>, 1.</summary>
    public double? StabilityScoreOffset { get; init; }

    /// <summary>
    /// Of two masks of a crop whose boxes have an IoU above this, the one with the lower predicted IoU goes:
    /// <c>box_nms_thresh</c>, 0.7.
    /// </summary>
    public double? BoxNmsThresh { get; init; }

    /// <summary>
    /// How many times the picture is also cut into parts, layer L into 2^L x 2^L: <c>crop_n_layers</c>, 0 … 6, 0.
    /// Every part is encoded for itself.
    /// </summary>
    public int? CropNLayers { get; init; }

    /// <summary>
    /// Of two masks whose boxes have an IoU above this, the one of the larger crop goes: <c>crop_nms_thresh</c>, 0.7.
    /// </summary>
    public double? CropNmsThresh { get; init; }

    /// <summary>
    /// How far crops of the first layer overlap, as a fraction of the shorter side: <c>crop_overlap_ratio</c>, 512 / 1500.
    /// </summary>
    public double? CropOverlapRatio { get; init; }

    /// <summary>
    /// Layer L has <see cref="PointsPerSide"/> divided by this to the power of L points per side of a crop:
    /// <c>crop_n_points_downscale_factor</c>, 1.
    /// </summary>
    public int? CropNPointsDownscaleFactor { get; init; }

    /// <summary>
    /// The points of each layer instead of a grid, 0 … 1 across and down the crop: <c>point_grids</c>. One list for each
    /// of the 1 + <see cref="CropNLayers"/> layers.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<IReadOnlyList<(double X, double Y)>>? PointGrids { get; init; }

    /// <summary>
    /// Holes and islands of fewer pixels than this are removed: <c>min_mask_region_area</c>, 0 for none.
    /// </summary>
    public int? MinMaskRegionArea { get; init; }

    /// <summary>Fills every hole that a mask encloses, whatever its size. The original has no such thing; false.</summary>
    public bool? FillHoles { get; init; }

    /// <summary>
    /// Of two masks that have an IoU above this, pixel by pixel, the one with the lower predicted IoU goes. The original
    /// compares boxes only; null for that.
    /// </summary>
    public double? MaskNmsThresh { get; init; }

    /// <summary>
    /// A mask goes when more than this part of it lies in a mask with a higher predicted IoU. The original keeps parts beside
    /// wholes; null for that.
    /// </summary>
    public double? ContainmentThresh { get; init; }

    /// <summary>
    /// The most bytes (<see cref="AutomaticMask.Bytes"/>) of masks that are held at a time; beyond it the search ends with a
    /// <see cref="MaskLimitException"/>. For services, whose visitors may ask for very many ragged masks; null for no limit.
    /// </summary>
    [JsonIgnore]
    public long? MaxMaskBytes { get; init; }

    /// <summary>The original's defaults.</summary>
    public static AutomaticMaskOptions Originals { get; } = new()
    {
        PointsPerSide = 32,
        PointsPerBatch = 64,
        PredIouThresh = 0.88,
        StabilityScoreThresh = 0.95,
        StabilityScoreOffset = 1.0,
        BoxNmsThresh = 0.7,
        CropNLayers = 0,
        CropNmsThresh = 0.7,
        CropOverlapRatio = 512.0 / 1500,
        CropNPointsDownscaleFactor = 1,
        MinMaskRegionArea = 0,
        FillHoles = false,
    };

    /// <summary>What holds for a model: these options, then the file's, then the original's.</summary>
    /// <exception cref="ArgumentException">One of these options is out of its range.</exception>
    /// <exception cref="CheckpointException">The file's defaults cannot be read.</exception>
    internal static AutomaticMaskOptions For(SamModel model, AutomaticMaskOptions options)
    {
        if (options.PointsPerSide is not null && options.PointGrids is not null)
        {
            throw new ArgumentException(
                $"{nameof(PointsPerSide)} and {nameof(PointGrids)} both say where the points are: set one of them.",
                nameof(options));
        }

        AutomaticMaskOptions own = model.EverythingDefaults is string json
            ? Parse(json, $"{SamCheckpoint.EverythingKey} in the metadata of {model.Name}")
            : Originals;
        AutomaticMaskOptions all = options.Or(own).Or(Originals);
        return all.FindProblem() is string problem ? throw new ArgumentException(problem, nameof(options)) : all;
    }

    /// <summary>Reads the JSON of a file's metadata.</summary>
    /// <param name="where">Where it comes from, for messages.</param>
    internal static AutomaticMaskOptions Parse(string json, string where)
    {
        try
        {
            AutomaticMaskOptions options =
                JsonSerializer.Deserialize(json, AutomaticMaskJson.Default.AutomaticMaskOptions)
                ?? throw new JsonException("It is null.");
            return options.Or(Originals).FindProblem() is string problem ? throw new JsonException(problem) : options;
        }
        catch (JsonException error)
        {
            throw new CheckpointException(
                CheckpointError.InvalidConfig,
                $"{where} does not give the defaults of automatic masks. {Printable.Plain(error.Message)} "
                + "It must be a JSON object of the original's parameters and numbers, such as {\"points_per_side\": 32}; "
                + "correct it, or leave it out.",
                error);
        }
    }

    /// <summary>These options, and another's where they are null.</summary>
    internal AutomaticMaskOptions Or(AutomaticMaskOptions other) => new()
    {
        PointsPerSide = PointsPerSide ?? other.PointsPerSide,
        PointsPerBatch = PointsPerBatch ?? other.PointsPerBatch,
        PredIouThresh = PredIouThresh ?? other.PredIouThresh,
        StabilityScoreThresh = StabilityScoreThresh ?? other.StabilityScoreThresh,
        StabilityScoreOffset = StabilityScoreOffset ?? other.StabilityScoreOffset,
        BoxNmsThresh = BoxNmsThresh ?? other.BoxNmsThresh,
        CropNLayers = CropNLayers ?? other.CropNLayers,
        CropNmsThresh = CropNmsThresh ?? other.CropNmsThresh,
        CropOverlapRatio = CropOverlapRatio ?? other.CropOverlapRatio,
        CropNPointsDownscaleFactor = CropNPointsDownscaleFactor ?? other.CropNPointsDownscaleFactor,
        PointGrids = PointGrids ?? other.PointGrids,
        MinMaskRegionArea = MinMaskRegionArea ?? other.MinMaskRegionArea,
        FillHoles = FillHoles ?? other.FillHoles,
        MaskNmsThresh = MaskNmsThresh ?? other.MaskNmsThresh,
        ContainmentThresh = ContainmentThresh ?? other.ContainmentThresh,
        MaxMaskBytes = MaxMaskBytes ?? other.MaxMaskBytes,
    };

    /// <summary>The points of a layer, as fractions of a crop's sides.</summary>
    internal IReadOnlyList<(double X, double Y)> Points(int layer) =>
        PointGrids is null ? PointGrid.Build(PerSide(layer)) : PointGrids[layer];

    /// <summary>How many points a layer has per side of a crop.</summary>
    private int PerSide(int layer) => (int)(PointsPerSide!.Value / Math.Pow(CropNPointsDownscaleFactor!.Value, layer));

    private string? FindProblem() =>
        NotIn(nameof(PointsPerSide), PointsPerSide, 1, MostPointsPerSide)
        ?? NotIn(nameof(PointsPerBatch), PointsPerBatch, 1, int.MaxValue)
        ?? NotIn(nameof(PredIouThresh), PredIouThresh, double.MinValue, double.MaxValue)
        ?? NotIn(nameof(StabilityScoreThresh), StabilityScoreThresh, double.MinValue, double.MaxValue)
        ?? NotIn(nameof(StabilityScoreOffset), StabilityScoreOffset, 0, double.MaxValue)
        ?? NotIn(nameof(BoxNmsThresh), BoxNmsThresh, 0, double.MaxValue)
        ?? NotIn(nameof(CropNLayers), CropNLayers, 0, MostCropLayers)
        ?? NotIn(nameof(CropNmsThresh), CropNmsThresh, 0, double.MaxValue)
        ?? NotIn(nameof(CropOverlapRatio), CropOverlapRatio, 0, 1)
        ?? NotIn(nameof(CropNPointsDownscaleFactor), CropNPointsDownscaleFactor, 1, MostPointsPerSide)
        ?? NotIn(nameof(MinMaskRegionArea), MinMaskRegionArea, 0, int.MaxValue)
        ?? NotIn(nameof(MaskNmsThresh), MaskNmsThresh, 0, 1)
        ?? NotIn(nameof(ContainmentThresh), ContainmentThresh, 0, 1)
        ?? NotIn(nameof(MaxMaskBytes), MaxMaskBytes, 1, double.MaxValue)
        ?? PointsProblem();

    private string? PointsProblem()
    {
        int layers = CropNLayers!.Value + 1;
        if (PointGrids is null)
        {
            return PerSide(layers - 1) > 0
                ? TooMany(layer => (long)PerSide(layer) * PerSide(layer))
                : $"{nameof(CropNPointsDownscaleFactor)} leaves crops of layer {layers - 1} without points: "
                    + $"{PointsPerSide} per side of the picture are too few for it.";
        }

        return PointGrids.Count != layers
            ? $"{nameof(PointGrids)} has {PointGrids.Count} lists; {layers} layers need one each."
            : PointGrids.Any(grid => grid.Any(point => point is not { X: >= 0 and <= 1, Y: >= 0 and <= 1 }))
                ? $"{nameof(PointGrids)} has a point outside 0 … 1, the fractions of a crop's sides."
                : TooMany(layer => PointGrids[layer].Count);
    }

    /// <summary>Each layer has four times the crops of the one before.</summary>
    private string? TooMany(Func<int, long> pointsOf)
    {
        long all = Enumerable.Range(0, CropNLayers!.Value + 1).Sum(layer => pointsOf(layer) << (2 * layer));
        return all <= MaxPoints
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{all:N0} points in all crops are too many: {MaxPoints:N0} at most. Set {nameof(PointsPerSide)} or "
                + $"{nameof(CropNLayers)} lower, or {nameof(CropNPointsDownscaleFactor)} higher.");
    }

    private static string? NotIn(string name, double? value, double least, double most) =>
        value is null || (value >= least && value <= most)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{name} is {value}; it must be {Range(least, most)}.");

    private static string Range(double least, double most) =>
        most < int.MaxValue ? $"{least} … {most}" : least == double.MinValue ? "a number" : $"at least {least}";
}

/// <summary>The strict JSON form of <see cref="AutomaticMaskOptions"/>, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    Converters = [typeof(WholeNumberConverter<int>)])]
[JsonSerializable(typeof(AutomaticMaskOptions))]
internal sealed partial class AutomaticMaskJson : JsonSerializerContext;
