namespace SamNative;

/// <summary>One of the masks that were found without a prompt: a record of the original's list, by its names.</summary>
public sealed record AutomaticMask
{
    /// <summary>All of a mask but its run lengths.</summary>
    private const int OtherBytes = 512;

    /// <summary>The mask, in the size of the picture: <c>segmentation</c>.</summary>
    public required MaskRle Segmentation { get; init; }

    /// <summary>Its pixels: <c>area</c>.</summary>
    public int Area => Segmentation.Area;

    /// <summary>About what it takes in memory, in bytes, and as JSON: its compressed run lengths and 512.</summary>
    public long Bytes => BytesOf(Segmentation);

    /// <summary>The box around it: <c>bbox</c>, [x, y, w, h] with w = x1 - x0 of the outermost pixels.</summary>
    public required MaskBounds Bounds { get; init; }

    /// <summary>The model's estimate of the mask's IoU with what is meant: <c>predicted_iou</c>. It may exceed 1 a little.</summary>
    public required float PredictedIou { get; init; }

    /// <summary>
    /// The pixels with a logit above the threshold plus an offset, divided by those above the threshold minus it:
    /// <c>stability_score</c>, 0 … 1. NaN where there are neither, which only a threshold of 0 lets through.
    /// </summary>
    public required float StabilityScore { get; init; }

    /// <summary>The point that the mask answers, in pixels of the picture: <c>point_coords</c>.</summary>
    public required SamPoint Point { get; init; }

    /// <summary>The part of the picture in which it was found: <c>crop_box</c>.</summary>
    public required CropBox CropBox { get; init; }

    internal static long BytesOf(MaskRle segmentation) => OtherBytes + segmentation.CocoRle.Length;
}
