namespace SamNative;

/// <summary>Corners of a box for <see cref="BoxSuppression"/>.</summary>
internal readonly record struct Corners(float X0, float Y0, float X1, float Y1)
{
    public float Area => (X1 - X0) * (Y1 - Y0);

    public static Corners Of(MaskBounds box) => new(box.X, box.Y, box.X + box.Width, box.Y + box.Height);
}

/// <summary>Non-maximum suppression of boxes, with the arithmetic of torchvision's nms on the CPU.</summary>
internal static class BoxSuppression
{
    /// <summary>
    /// The boxes that no kept box with a higher score overlaps by more than the threshold, highest score first, equal scores
    /// in the order they came. Two boxes without an area never overlap: their IoU is no number.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static List<int> Keep(
        ReadOnlySpan<Corners> boxes, float[] scores, double threshold, CancellationToken cancellationToken)
    {
        List<int> kept = [];
        foreach (int candidate in StableOrder.Of(scores.Length, (a, b) => scores[b].CompareTo(scores[a]), cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsSuppressed(boxes, kept, candidate, threshold))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }

    private static bool IsSuppressed(ReadOnlySpan<Corners> boxes, List<int> kept, int candidate, double threshold)
    {
        foreach (int other in kept)
        {
            if (Overlap(boxes[other], boxes[candidate]) > threshold)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The IoU of two boxes; NaN where neither has an area.</summary>
    public static float Overlap(Corners a, Corners b)
    {
        float width = Math.Max(0, Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0));
        float height = Math.Max(0, Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0));
        float both = width * height;
        return both / (a.Area + b.Area - both);
    }
}
