namespace SamNative;

/// <summary>
/// What is asked of a picture: points, one box, a mask, or any of them together. With none of them the decoder is asked
/// for whatever stands out.
/// </summary>
public sealed class SamPrompt
{
    /// <summary>
    /// The most <see cref="Points"/> of a prompt, each row of <see cref="ExtraEmbeddings"/> counted as one. SAM was trained
    /// with a few; the time of an answer grows with them.
    /// </summary>
    public const int MaxPoints = 1000;

    /// <summary>Points on and off the thing that is meant, at most <see cref="MaxPoints"/>.</summary>
    public IList<SamPoint> Points { get; init; } = [];

    /// <summary>A box around the thing that is meant.</summary>
    public SamBox? Box { get; init; }

    /// <summary>
    /// Low-resolution logits of an earlier prediction, [4 rows, 4 columns] of the embedding's frame (256 x 256 for the
    /// published models): <see cref="SamPrediction.LowResLogitsOf"/>. Empty for none.
    /// </summary>
    public ReadOnlyMemory<float> MaskLogits { get; init; }

    /// <summary>
    /// A mask of the original picture's size, for those who have no logits: it is reduced to the low resolution, where a
    /// cell that is wholly in becomes +<see cref="MaskConfidence"/>, wholly out the negative of it.
    /// </summary>
    public SamMask? Mask { get; init; }

    /// <summary>
    /// Further tokens, [count, width of the prompt encoder], that follow the prompt's own: the place where the vector of a
    /// text encoder goes, for models that were trained with one.
    /// </summary>
    public ReadOnlyMemory<float> ExtraEmbeddings { get; init; }

    /// <summary>
    /// Whether it may mean several things, a thing, a part of it or what it belongs to: one point and nothing else. The best
    /// of three masks (multimask) is what users expect then; with more than that the original asks for one.
    /// </summary>
    public bool IsAmbiguous => this is { Points.Count: 1, Box: null, Mask: null, MaskLogits.IsEmpty: true };

    /// <summary>The logit that a certain pixel of a binary mask stands for.</summary>
    public const float MaskConfidence = 10f;

    /// <summary>A prompt of one point on the thing that is meant.</summary>
    public static SamPrompt At(double x, double y) => new() { Points = [new SamPoint(x, y)] };

    /// <summary>A prompt of one box around it.</summary>
    public static SamPrompt Around(double x0, double y0, double x1, double y1) => new() { Box = new SamBox(x0, y0, x1, y1) };
}
