using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Answers prompts on one picture at a time. It belongs to one caller: it owns its workspace, and concurrent use throws.
/// Any number of predictors may share a model, and an embedding.
/// </summary>
public sealed unsafe class SamPredictor : IDisposable
{
    private readonly SamModel model;
    private readonly DecoderGeometry g;
    private readonly PromptEncoder promptEncoder;
    private readonly PictureTokens picture;
    private readonly MaskDecoder decoder;
    private SamEmbedding? ownEmbedding;
    private MaskFrame? frame;
    private MaskJob? masks;
    private float[]? binaryMaskLogits;
    private bool hasPicture;
    private int busy;
    private bool disposed;

    internal SamPredictor(SamModel owner, DecoderParts parts, WorkerPool pool)
    {
        model = owner;
        g = parts.Geometry;
        promptEncoder = new PromptEncoder(parts.Prompt, g);
        picture = new PictureTokens(g);
        decoder = new MaskDecoder(
            new DecoderWorkspace(g, parts.Kernels, picture, pool.Workers), parts.Decoder, parts.Prompt, pool);
    }

    /// <summary>The size of the current picture; null before <see cref="SetImage"/> or <see cref="SetEmbedding"/>.</summary>
    public ImageSize? PictureSize => hasPicture ? frame!.Original : null;

    /// <inheritdoc cref="MaskDecoder.FoldsShortPrompts"/>
    internal bool FoldsShortPrompts
    {
        set => decoder.FoldsShortPrompts = value;
    }

    /// <summary>Encodes a picture and makes it the current one.</summary>
    /// <exception cref="ArgumentException">The picture is too thin to be resized.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no current picture then.</exception>
    public void SetImage(ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        hasPicture = false;
        ownEmbedding ??= model.NewEmbedding(1);
        model.Encode(image, ownEmbedding, progress, cancellationToken);
        SetEmbedding(ownEmbedding);
    }

    /// <summary>Makes a picture that was encoded before the current one. The embedding is copied.</summary>
    /// <param name="index">Which of the embedding's pictures.</param>
    /// <exception cref="ArgumentException">The embedding was made by a model of another shape.</exception>
    public void SetEmbedding(SamEmbedding embedding, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        g.CheckShape(embedding);
        ObjectDisposedException.ThrowIf(disposed, this);
        using SingleUse use = new(model, ref busy, "predictor");
        decoder.SetPicture(embedding.At(index));
        SetFrame(embedding.InputSizes[index], embedding.OriginalSizes[index]);
        hasPicture = true;
    }

    /// <summary>Forgets the current picture.</summary>
    public void Reset() => hasPicture = false;

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
    /// <exception cref="InvalidOperationException">There is no picture yet, or another thread uses this predictor.</exception>
    /// <exception cref="ArgumentException">The prompt does not fit the picture or the model.</exception>
    public void Predict(
        SamPrompt prompt, SamPrediction destination, bool multimask = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(disposed, this);
        using SingleUse use = new(model, ref busy, "predictor");
        if (!hasPicture)
        {
            throw new InvalidOperationException("There is no picture yet: call SetImage or SetEmbedding before Predict.");
        }

        int count = promptEncoder.Count(prompt, frame!.Original);
        promptEncoder.Write(prompt, frame.Original, frame.Input, decoder.BeginTokens(count));
        int firstMask = multimask ? 1 : 0;
        destination.Resize(multimask ? DecoderGeometry.Masks - 1 : 1, g.LowResSide, frame.Original);
        decoder.Decode(MaskInput(prompt), firstMask, destination.ScoreValues, cancellationToken);
        decoder.Draw(destination.LogitValues, new ImageSize(g.LowResSide, g.LowResSide), cancellationToken);
        masks!.Run(model.Pool, destination.LogitValues, destination.Masks, cancellationToken);
    }

    /// <summary>The logits of one mask of a prediction at the picture's size: return_logits of the original.</summary>
    /// <param name="destination">[height, width] of the current picture.</param>
    public void CopyLogits(SamPrediction prediction, int mask, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ObjectDisposedException.ThrowIf(disposed, this);
        using SingleUse use = new(model, ref busy, "predictor");
        if (!hasPicture)
        {
            throw new InvalidOperationException("There is no picture: its size is what the logits would be brought to.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(
            destination.Length, frame!.Original.Height * frame.Original.Width, nameof(destination));
        masks!.WriteLogits(prediction.LowResLogitsOf(mask).Span, destination);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            decoder.Dispose();
            picture.Dispose();
            masks?.Dispose();
            ownEmbedding?.Dispose();
        }
    }

    private void SetFrame(ImageSize input, ImageSize original)
    {
        if (frame is null || frame.Input != input || frame.Original != original)
        {
            masks?.Dispose();
            frame = new MaskFrame(g.LowResSide, g.InputSize, input, original);
            masks = new MaskJob(decoder.Workspace.Kernels, frame, model.Pool.Workers);
        }
    }

    private ReadOnlySpan<float> MaskInput(SamPrompt prompt)
    {
        if (prompt.Mask is null)
        {
            return prompt.MaskLogits.Span;
        }

        binaryMaskLogits ??= new float[g.LowResSide * g.LowResSide];
        MaskPrompt.Write(prompt.Mask, frame!.Input, g.InputSize, binaryMaskLogits, g.LowResSide);
        return binaryMaskLogits;
    }
}
