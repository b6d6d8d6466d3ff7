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
        List<(int Index, int[] Runs)> kept = [];
        foreach (int index in StableOrder.Of(
            masks.Count, (a, b) => masks[b].PredictedIou.CompareTo(masks[a].PredictedIou), cancellationToken))
        {
            int[] runs = masks[index].Segmentation.ToRle();
            if (!kept.Any(other => Covers(other, masks[index], runs)))
            {
                kept.Add((index, runs));
            }
        }

        return [.. kept.Select(mask => mask.Index).Order().Select(index => masks[index])];

        bool Covers((int Index, int[] Runs) other, AutomaticMask mask, int[] runs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Touch(mask.Bounds, masks[other.Index].Bounds)
                && IsCovered(mask.Area, masks[other.Index].Area, RunLengths.Intersection(runs, other.Runs));
        }

        bool IsCovered(double area, double other, double both) =>
            both / (area + other - both) > maxOverlap || both / area > maxContained;
    }

    private static bool Touch(MaskBounds a, MaskBounds b) =>
        a.X <= b.X + b.Width && b.X <= a.X + a.Width && a.Y <= b.Y + b.Height && b.Y <= a.Y + a.Height;
}
