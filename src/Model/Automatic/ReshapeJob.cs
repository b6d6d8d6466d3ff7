namespace SamNative;

/// <summary>Changes the pixels of masks; a piece is a mask.</summary>
/// <param name="change">Changes a mask in place, and says whether it did.</param>
internal sealed class ReshapeJob(
    IReadOnlyList<AutomaticMask> masks, Func<SamMask, bool> change, CancellationToken cancellationToken) : Kernels.ParallelJob
{
    /// <summary>The masks; run lengths and box are made anew where they were changed.</summary>
    public (AutomaticMask Mask, bool Changed)[] Results { get; } = new (AutomaticMask, bool)[masks.Count];

    public override void Run(int index, int worker)
    {
        AutomaticMask mask = masks[index];
        SamMask pixels = mask.Segmentation.ToMask(cancellationToken);
        bool changed = change(pixels);
        if (changed)
        {
            MaskRle segmentation = MaskRle.FromMask(pixels, cancellationToken);
            mask = mask with { Segmentation = segmentation, Bounds = segmentation.Bounds };
        }

        Results[index] = (mask, changed);
    }
}
