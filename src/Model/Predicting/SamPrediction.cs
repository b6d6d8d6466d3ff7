using System.Numerics.Tensors;
using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// The answer to a prompt: one mask, or three where it may mean several things, each with the model's own estimate of how
/// good it is. A prediction can be given to <see cref="SamPredictor.Predict(SamPrompt, SamPrediction, bool, CancellationToken)"/>
/// again and again; its contents are then those of the last prompt, and none if that was cancelled. What
/// <see cref="Masks"/> and <see cref="LowResLogitsOf"/> gave before stays as it was.
/// </summary>
public sealed class SamPrediction
{
    private readonly Occupancy occupancy;
    private SamMask[] masks = [];
    private float[] scores = [];
    private float[] lowResLogits = [];
    private ImageSize lowRes;
    private bool masksAreTaken;
    private bool logitsAreTaken;
    private bool isAnswered;

    /// <summary>Makes a prediction without an answer yet.</summary>
    public SamPrediction() => occupancy = new Occupancy(
        this, "This prediction is in use by another call, and one of the two writes to it: give each caller one of its own.",
        static () => { });

    /// <summary>How many masks there are: none before the first answer.</summary>
    public int Count => isAnswered ? masks.Length : 0;

    /// <summary>
    /// The masks, in the size of the original picture. They are yours: the next answer makes new ones then. Who wants to
    /// allocate nothing takes pixels with <see cref="CopyTo"/> instead.
    /// </summary>
    /// <exception cref="InvalidOperationException">An answer is being written.</exception>
    public IReadOnlyList<SamMask> Masks
    {
        get
        {
            occupancy.CheckReadable();
            if (!isAnswered)
            {
                return [];
            }

            masksAreTaken = true;
            return masks;
        }
    }

    /// <summary>
    /// The predicted IoU of each mask with what was meant; it may exceed 1 a little. A view, which the next answer
    /// overwrites.
    /// </summary>
    /// <exception cref="InvalidOperationException">An answer is being written.</exception>
    public ReadOnlySpan<float> Scores
    {
        get
        {
            occupancy.CheckReadable();
            return isAnswered ? scores : [];
        }
    }

    /// <summary>
    /// The logits of all masks at low resolution, [masks, 4 rows, 4 columns] of the embedding's frame. A view, which the
    /// next answer overwrites.
    /// </summary>
    /// <exception cref="InvalidOperationException">An answer is being written.</exception>
    public ReadOnlyTensorSpan<float> LowResLogits
    {
        get
        {
            occupancy.CheckReadable();
            return new(lowResLogits.AsSpan(0, Count * LowResValues), [Count, lowRes.Height, lowRes.Width]);
        }
    }

    /// <summary>The mask with the highest score.</summary>
    public int Best
    {
        get
        {
            ReadOnlySpan<float> all = Scores;
            int best = 0;
            for (int i = 1; i < all.Length; i++)
            {
                best = all[i] > all[best] ? i : best;
            }

            return best;
        }
    }

    /// <summary>
    /// The low-resolution logits of one mask: what <see cref="SamPrompt.MaskLogits"/> takes to refine it. They are yours: the
    /// next answer makes new ones then.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mask.</exception>
    /// <exception cref="InvalidOperationException">There is no answer, or one is being written.</exception>
    public ReadOnlyMemory<float> LowResLogitsOf(int mask)
    {
        occupancy.CheckReadable();
        CheckIndex(mask);
        logitsAreTaken = true;
        return lowResLogits.AsMemory(mask * LowResValues, LowResValues);
    }

    /// <summary>Writes one byte a pixel of one mask: <see cref="SamMask.ToBytes(Span{byte}, byte)"/>. Allocates nothing.</summary>
    /// <param name="destination">[height, width] of the picture.</param>
    /// <param name="on">What a pixel in the mask becomes; the others become 0.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mask.</exception>
    /// <exception cref="InvalidOperationException">There is no answer, or one is being written.</exception>
    public void CopyTo(int mask, Span<byte> destination, byte on = 255)
    {
        using Occupancy.Hold use = occupancy.Read();
        CheckIndex(mask);
        masks[mask].ToBytes(destination, on);
    }

    /// <summary>The logits of one mask, for the length of a hold.</summary>
    internal ReadOnlySpan<float> LogitValuesOf(int mask)
    {
        CheckIndex(mask);
        return lowResLogits.AsSpan(mask * LowResValues, LowResValues);
    }

    private int LowResValues => lowRes.Height * lowRes.Width;

    internal Span<float> LogitValues => lowResLogits;

    internal Span<float> ScoreValues => scores;

    /// <summary>The masks to write to, for the length of a hold.</summary>
    internal IReadOnlyList<SamMask> MaskValues => masks;

    /// <summary>Holds it for reading.</summary>
    internal Occupancy.Hold Read() => occupancy.Read();

    /// <summary>Holds it for writing.</summary>
    internal Occupancy.Hold Write() => occupancy.Write();

    /// <summary>Makes room for so many masks of a picture; keeps what fits already and was not taken out.</summary>
    internal void Begin(int count, ImageSize lowResolution, ImageSize picture)
    {
        isAnswered = false;
        if (scores.Length != count)
        {
            scores = new float[count];
        }

        lowRes = lowResolution;
        if (logitsAreTaken || lowResLogits.Length != count * LowResValues)
        {
            lowResLogits = new float[count * LowResValues];
            logitsAreTaken = false;
        }

        if (masksAreTaken || masks.Length != count || masks[0].Width != picture.Width || masks[0].Height != picture.Height)
        {
            SamMask[] fresh = new SamMask[count];
            for (int i = 0; i < count; i++)
            {
                fresh[i] = new SamMask(picture.Width, picture.Height);
            }

            masks = fresh;
            masksAreTaken = false;
        }
    }

    /// <summary>Shows the answer that was written.</summary>
    internal void Complete() => isAnswered = true;

    private void CheckIndex(int mask)
    {
        if (!isAnswered)
        {
            throw new InvalidOperationException("This prediction holds no answer: there was none yet, or it was cancelled.");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)mask, (uint)masks.Length, nameof(mask));
    }
}
