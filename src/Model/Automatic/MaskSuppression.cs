namespace SamNative;

/// <summary>Removes masks that say what another one says, pixel by pixel: what comparing boxes cannot see.</summary>
internal static class MaskSuppression
{
    /// <summary>
    /// The masks that no kept mask with a higher predicted IoU covers too much of, in their order; of equal ones the earlier
    /// goes first.
    /// </summary>
    /// <param name="maxOverlap">The most that the IoU of two masks may be; null for no limit.</param>
    /// <param name="maxContained">The most of a mask that may lie in another; null for no limit.</param>
    public static List<AutomaticMask> Keep(
        IReadOnlyList<AutomaticMask> masks, double? maxOverlap, double? maxContained, CancellationToken cancellationToken)
    {
        List<int> kept = [];
        foreach (int index in Enumerable.Range(0, masks.Count).OrderByDescending(i => masks[i].PredictedIou))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!kept.Any(other => IsCovered(masks[index], masks[other], maxOverlap, maxContained)))
            {
                kept.Add(index);
            }
        }

        return [.. kept.Order().Select(index => masks[index])];
    }

    private static bool IsCovered(AutomaticMask mask, AutomaticMask other, double? maxOverlap, double? maxContained)
    {
        if (!Touch(mask.Bounds, other.Bounds))
        {
            return false;
        }

        double both = RunLengths.Intersection(mask.Segmentation.Counts, other.Segmentation.Counts);
        return both / (mask.Area + (double)other.Area - both) > maxOverlap || both / mask.Area > maxContained;
    }

    private static bool Touch(MaskBounds a, MaskBounds b) =>
        a.X <= b.X + b.Width && b.X <= a.X + a.Width && a.Y <= b.Y + b.Height && b.Y <= a.Y + a.Height;
}
