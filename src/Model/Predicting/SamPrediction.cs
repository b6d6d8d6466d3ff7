using System.Numerics.Tensors;

namespace SamNative;

/// <summary>
/// The answer to a prompt: one mask, or three where it may mean several things, each with the model's own estimate of how
/// good it is. A prediction can be given to <see cref="SamPredictor.Predict(SamPrompt, SamPrediction, bool, CancellationToken)"/>
/// again and again; its contents are then those of the last prompt.
/// </summary>
public sealed class SamPrediction
{
    private SamMask[] masks = [];
    private float[] scores = [];
    private float[] lowResLogits = [];
    private int lowResSide;

    /// <summary>The masks, in the size of the original picture.</summary>
    public IReadOnlyList<SamMask> Masks => masks;

    /// <summary>The predicted IoU of each mask with what was meant; it may exceed 1 a little.</summary>
    public ReadOnlySpan<float> Scores => scores;

    /// <summary>The logits of all masks at low resolution, [masks, 4 Grid, 4 Grid], in the frame of the padded input.</summary>
    public ReadOnlyTensorSpan<float> LowResLogits => new(lowResLogits, [masks.Length, lowResSide, lowResSide]);

    /// <summary>The mask with the highest score.</summary>
    public int Best
    {
        get
        {
            int best = 0;
            for (int i = 1; i < scores.Length; i++)
            {
                best = scores[i] > scores[best] ? i : best;
            }

            return best;
        }
    }

    /// <summary>The low-resolution logits of one mask: what <see cref="SamPrompt.MaskLogits"/> takes to refine it.</summary>
    public ReadOnlyMemory<float> LowResLogitsOf(int mask)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)mask, (uint)masks.Length, nameof(mask));
        return lowResLogits.AsMemory(mask * lowResSide * lowResSide, lowResSide * lowResSide);
    }

    internal Span<float> LogitValues => lowResLogits;

    internal Span<float> ScoreValues => scores;

    /// <summary>Makes room for so many masks of a picture; keeps what fits already.</summary>
    internal void Resize(int count, int side, ImageSize picture)
    {
        if (scores.Length != count)
        {
            scores = new float[count];
        }

        if (lowResLogits.Length != count * side * side)
        {
            lowResLogits = new float[count * side * side];
            lowResSide = side;
        }

        if (masks.Length != count || masks[0].Width != picture.Width || masks[0].Height != picture.Height)
        {
            masks = new SamMask[count];
            for (int i = 0; i < count; i++)
            {
                masks[i] = new SamMask(picture.Width, picture.Height);
            }
        }
    }
}
