namespace SamNative;

/// <summary>
/// Finds all masks of a picture without being asked for any: it prompts with a grid of points and keeps the good answers,
/// each once (segment_anything/automatic_mask_generator.py). It belongs to one caller, and keeps its workspace from picture
/// to picture.
/// </summary>
public sealed class AutomaticMaskGenerator : IDisposable
{
    /// <summary>Makes a generator: cheap beside the model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The file holds the encoder alone.</exception>
    public AutomaticMaskGenerator(SamModel model, AutomaticMaskOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Options = options ?? new AutomaticMaskOptions();
    }

    /// <summary>What holds: nothing but PointGrids and what the original lacks is null here.</summary>
    public AutomaticMaskOptions Options { get; }

    /// <summary>Finds the masks of a picture, best first; none is an empty list.</summary>
    /// <param name="progress">Told of finished points, those of all crops.</param>
    /// <exception cref="ArgumentException">The picture is too thin to be resized.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; it takes effect within 100 ms.</exception>
    public IReadOnlyList<AutomaticMask> Generate(
        ImageView image, IProgress<SamProgress>? progress = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Finds the masks of a picture that was encoded before.</summary>
    /// <param name="index">Which of the embedding's pictures.</param>
    /// <exception cref="InvalidOperationException">Crops are asked for: they need the picture.</exception>
    /// <exception cref="ArgumentException">The embedding was made by a model of another shape.</exception>
    /// <inheritdoc cref="Generate(ImageView, IProgress{SamProgress}?, CancellationToken)"/>
    public IReadOnlyList<AutomaticMask> Generate(
        SamEmbedding embedding, int index = 0, IProgress<SamProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
    }
}
