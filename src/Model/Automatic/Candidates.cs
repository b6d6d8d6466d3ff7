namespace SamNative;

/// <summary>A mask that passed the filters of its crop, before it is known whether a better one says the same.</summary>
internal sealed class Candidate
{
    /// <summary>Its place among all masks of the crop: by point, then by the model's mask.</summary>
    public required int Order { get; init; }

    /// <summary>The point that it answers, in pixels of the crop.</summary>
    public required SamPoint Point { get; init; }

    /// <summary>Which of the point's masks it is.</summary>
    public required int Mask { get; init; }

    /// <summary>The box around it, in pixels of the picture.</summary>
    public required MaskBounds Bounds { get; init; }

    public required float PredictedIou { get; init; }

    public required float StabilityScore { get; init; }

    /// <summary>Null where a better candidate was there before it was coded, or came later.</summary>
    public MaskRle? Segmentation { get; set; }
}

/// <summary>
/// The candidates of a crop, gathered from all workers. Only those that nothing better is known of so far keep their
/// pixels, so memory grows with what will be found, not with what is asked. Which candidates those are depends on the
/// order in which they come, <see cref="Keep"/> does not: whoever it keeps without pixels is to be coded again.
/// </summary>
/// <param name="threshold">The largest IoU of two boxes.</param>
/// <param name="maxBytes">What the masks may take, <see cref="AutomaticMaskOptions.MaxMaskBytes"/>.</param>
/// <param name="bytes">What those of other crops take already.</param>
internal sealed class Candidates(double threshold, long? maxBytes = null, long bytes = 0)
{
    private readonly Lock gate = new();
    private readonly List<Candidate> all = [];
    private readonly List<Candidate> leading = [];
    private long held = bytes;

    /// <summary>Whether a candidate is worth being coded: nothing better is known so far.</summary>
    public bool Leads(Candidate candidate)
    {
        lock (gate)
        {
            return !leading.Exists(other => Suppresses(other, candidate));
        }
    }

    /// <summary>Takes a candidate in, with its pixels where it leads.</summary>
    public void Add(Candidate candidate)
    {
        lock (gate)
        {
            all.Add(candidate);
            if (candidate.Segmentation is null || leading.Exists(other => Suppresses(other, candidate)))
            {
                candidate.Segmentation = null;
                return;
            }

            Count(AutomaticMask.BytesOf(candidate.Segmentation));
            foreach (Candidate other in leading.Where(other => Suppresses(candidate, other)))
            {
                Count(-AutomaticMask.BytesOf(other.Segmentation!));
                other.Segmentation = null;
            }

            leading.RemoveAll(other => other.Segmentation is null);
            leading.Add(candidate);
        }
    }

    /// <summary>Takes in the pixels of a candidate that is kept and had none.</summary>
    public void Complete(Candidate candidate, MaskRle segmentation)
    {
        lock (gate)
        {
            Count(AutomaticMask.BytesOf(segmentation));
            candidate.Segmentation = segmentation;
        }
    }

    /// <summary>Those that no kept candidate with a higher predicted IoU suppresses, best first.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public List<Candidate> Keep(CancellationToken cancellationToken)
    {
        int[] order = StableOrder.Of(all.Count, (a, b) => all[a].Order.CompareTo(all[b].Order), cancellationToken);
        Corners[] boxes = new Corners[order.Length];
        float[] scores = new float[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            (boxes[i], scores[i]) = (Corners.Of(all[order[i]].Bounds), all[order[i]].PredictedIou);
        }

        return [.. BoxSuppression.Keep(boxes, scores, threshold, cancellationToken).Select(i => all[order[i]])];
    }

    private void Count(long more)
    {
        held += more;
        if (held > maxBytes)
        {
            throw new MaskLimitException(maxBytes.Value);
        }
    }

    private bool Suppresses(Candidate better, Candidate other) =>
        better.PredictedIou.CompareTo(other.PredictedIou) switch
        {
            > 0 => true,
            0 => better.Order < other.Order,
            < 0 => false,
        }
        && BoxSuppression.Overlap(Corners.Of(better.Bounds), Corners.Of(other.Bounds)) > threshold;
}
