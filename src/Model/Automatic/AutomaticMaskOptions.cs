namespace SamNative;

/// <summary>
/// How automatic masks are made. The names are the original's (SamAutomaticMaskGenerator). What is null was not set by the
/// caller: then the model file's own default holds (<see cref="SamModel.EverythingDefaults"/>), and where it has none
/// the original's, which was tuned for ViT-H.
/// </summary>
public sealed record AutomaticMaskOptions
{
    /// <summary>Points per side of the grid over the picture: <c>points_per_side</c>, 32.</summary>
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
    public IReadOnlyList<IReadOnlyList<(double X, double Y)>>? PointGrids { get; init; }

    /// <summary>
    /// Holes and islands of fewer pixels than this are removed: <c>min_mask_region_area</c>, 0 for none.
    /// </summary>
    public int? MinMaskRegionArea { get; init; }

    /// <summary>Fills every hole that a mask encloses, whatever its size. The original has no such thing; false.</summary>
    public bool FillHoles { get; init; }

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
}
