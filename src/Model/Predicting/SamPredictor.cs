using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Answers prompts on one picture at a time. It belongs to one caller: it owns its workspace, and a call while another one
/// runs throws <see cref="InvalidOperationException"/>. Any number of predictors may share a model, and an embedding.
/// </summary>
public sealed unsafe class SamPredictor : IDisposable
{
    private readonly SamModel model;
    private readonly Occupancy occupancy;
    private readonly DecoderWeights weights;
    private MaskDecoder? decoder;
    private SamEmbedding? ownEmbedding;
    private MaskFrame? frame;
    private MaskJob? masks;
    private float[]? binaryMaskLogits;
    private bool hasPicture;

    internal SamPredictor(SamModel owner, DecoderWeights decoderWeights)
    {
        model = owner;
        occupancy = new Occupancy(
            this, "This predictor is in use by another call: give each caller its own, they are cheap beside the model.", Free);
        weights = decoderWeights;
    }

    /// <summary>The size of the current picture; null before <see cref="SetImage"/> or <see cref="SetEmbedding"/>.</summary>
    public ImageSize? PictureSize => hasPicture ? frame!.Original : null;

    /// <inheritdoc cref="MaskDecoder.FoldsShortPrompts"/>
    internal bool FoldsShortPrompts { get; set; } = true;

    /// <summary>Encodes a picture and makes it the current one.</summary>
    /// <exception cref="ArgumentException">The picture is too thin to be resized.</exception>
    /// <exception cref="InvalidOperationException">Another call uses this predictor.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no current picture then.</exception>
    public void SetImage(ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using Occupancy.Hold use = occupancy.Write();
        hasPicture = false;
        SamEmbedding embedding = model.EmbeddingFor(image, ref ownEmbedding);
        model.Encode(image, embedding, progress, cancellationToken);
        Take(embedding, 0);
    }

    /// <summary>Makes a picture that was encoded before the current one. The embedding is copied.</summary>
    /// <param name="index">Which of the embedding's pictures.</param>
    /// <exception cref="ArgumentException">The embedding was made by a model of another shape.</exception>
    /// <exception cref="InvalidOperationException">
    /// Another call uses this predictor or writes to the embedding, or the embedding holds no picture.
    /// </exception>
    public void SetEmbedding(SamEmbedding embedding, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        using Occupancy.Hold use = occupancy.Write();
        Take(embedding, index);
    }

    /// <summary>Forgets the current picture.</summary>
    /// <exception cref="InvalidOperationException">Another call uses this predictor.</exception>
    public void Reset()
    {
        using Occupancy.Hold use = occupancy.Write();
        hasPicture = false;
    }

    /// <summary>Answers a prompt.</summary>
    /// <param name="multimask">Three masks, for prompts that may mean several things, instead of one.</param>
    /// <inheritdoc cref="Predict(SamPrompt, SamPrediction, bool, CancellationToken)" path="/exception"/>
    public SamPrediction Predict(SamPrompt prompt, bool multimask = true, CancellationToken cancellationToken = default)
    {
        SamPrediction prediction = new();
        Predict(prompt, prediction, multimask, cancellationToken);
        return prediction;
    }

    /// <summary>Answers a prompt into a prediction that is used again; allocates nothing once its sizes fit.</summary>
    /// <exception cref="InvalidOperationException">
    /// There is no picture yet, or another call uses this predictor or the prediction.
    /// </exception>
    /// <exception cref="ArgumentException">The prompt does not fit the picture or the model, or has too many points.</exception>
    /// <exception cref="NonFiniteException">
    /// Its mask logits or further embeddings hold NaN or an infinity, or the model's arithmetic overflowed.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public void Predict(
        SamPrompt prompt, SamPrediction destination, bool multimask = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(destination);
        using Occupancy.Hold use = occupancy.Write();
        using Occupancy.Hold useOfModel = model.Use();
        using Occupancy.Hold useOfDestination = destination.Write();
        if (!hasPicture)
        {
            throw new InvalidOperationException("There is no picture yet: call SetImage or SetEmbedding before Predict.");
        }

        decoder!.Begin(prompt, frame!);
        MaskChoice choice = MaskChoice.For(multimask);
        destination.Begin(choice.Count, frame!.LowRes, frame.Original);
        decoder.Decode(MaskLogits(prompt, cancellationToken), choice, destination.ScoreValues, cancellationToken);
        decoder.Draw(choice.Count, destination.LogitValues, frame.LowRes, cancellationToken);
        masks!.Run(model.Pool, destination.LogitValues, destination.MaskValues, cancellationToken);
        destination.Complete();
    }

    /// <summary>The logits of one mask of a prediction at the picture's size: return_logits of the original.</summary>
    /// <param name="destination">[height, width] of the current picture.</param>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public void CopyLogits(
        SamPrediction prediction, int mask, Span<float> destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        using Occupancy.Hold use = occupancy.Write();
        using Occupancy.Hold useOfModel = model.Use();
        using Occupancy.Hold useOfPrediction = prediction.Read();
        if (!hasPicture)
        {
            throw new InvalidOperationException("There is no picture: its size is what the logits would be brought to.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(
            destination.Length, frame!.Original.Height * frame.Original.Width, nameof(destination));
        masks!.WriteLogits(prediction.LogitValuesOf(mask), destination, cancellationToken);
    }

    /// <summary>Frees the workspace, as soon as the call that uses it has returned.</summary>
    public void Dispose()
    {
        if (occupancy.Close())
        {
            Free();
        }
    }

    /// <summary>Makes a picture the current one; if that fails before anything of it was taken in, the former one stays.</summary>
    private void Take(SamEmbedding embedding, int index)
    {
        using Occupancy.Hold useOfModel = model.Use();
        using Occupancy.Hold useOfEmbedding = embedding.Read();
        weights.Geometry.Check(embedding, index);
        ReadOnlySpan<float> values = embedding.At(index);
        MaskDecoder next = DecoderFor(embedding.Frame);
        try
        {
            SetSizes(next.Geometry, embedding.InputSizes[index], embedding.OriginalSizes[index]);
        }
        catch when (next != decoder)
        {
            next.Dispose();
            throw;
        }

        hasPicture = false;
        if (next != decoder)
        {
            NativeBuffer.Replace(ref decoder, next);
        }

        next.FoldsShortPrompts = FoldsShortPrompts;
        next.SetPicture(values);
        hasPicture = true;
    }

    /// <summary>
    /// The decoder that is there, if its frame is the same; otherwise another one, which is not in its place yet.
    /// </summary>
    private MaskDecoder DecoderFor(Frame next) => decoder?.Geometry.Frame == next
        ? decoder
        : new MaskDecoder(weights, new PictureTokens(weights.Geometry.On(next), weights.Prompt), model.Pool);

    private void SetSizes(DecoderGeometry g, ImageSize input, ImageSize original)
    {
        if (frame is null || frame.LowRes != g.LowRes || frame.Input != input || frame.Original != original)
        {
            MaskFrame next = g.MaskFrame(input, original);
            NativeBuffer.Replace(ref masks, new MaskJob(weights.Kernels, next, model.Pool.Workers));
            frame = next;
        }
    }

    private void Free()
    {
        decoder?.Dispose();
        masks?.Dispose();
        ownEmbedding?.Dispose();
    }

    private ReadOnlySpan<float> MaskLogits(SamPrompt prompt, CancellationToken cancellationToken)
    {
        if (prompt.Mask is null)
        {
            return prompt.MaskLogits.Span;
        }

        int values = frame!.LowRes.Height * frame.LowRes.Width;
        if (binaryMaskLogits?.Length != values)
        {
            binaryMaskLogits = new float[values];
        }

        MaskPrompt.Write(prompt.Mask, frame, binaryMaskLogits, cancellationToken);
        return binaryMaskLogits;
    }
}
