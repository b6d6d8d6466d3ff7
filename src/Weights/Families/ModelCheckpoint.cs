using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// A file of weights understood as a model: its numbers, and every tensor under the original's key. Wrappers and the names
/// of others are undone. Nothing is ever used in part without a word: a key that is missing, unexpected or mis-shaped is an
/// error, what is ignored on purpose stands in <see cref="Notes"/>. Safe for use by several threads.
/// </summary>
public abstract class ModelCheckpoint
{
    private readonly IReadOnlyDictionary<string, TensorInfo> byName;

    private protected ModelCheckpoint(
        TensorSource source, KeyNaming naming, KeyMatch match, IEnumerable<string> assumptions)
    {
        (Source, Tensors, byName) = (source, match.Layout, match.Tensors);
        Naming = naming.EncoderPrefix.Length == 0
            ? $"{naming.Spelling}, with nothing in front"
            : $"{naming.Spelling}, the encoder below {Printable.Plain(naming.EncoderPrefix)}";
        Notes = [.. source.Notes, .. match.Notes, .. assumptions];
    }

    /// <summary>Where the values are. It belongs to whoever opened it and must stay open while they are read.</summary>
    public TensorSource Source { get; }

    /// <summary>The model's numbers: those of the metadata, which must agree with the shapes, or else those the shapes show.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>The tensors that are there, under the original's keys, in the order of its <c>state_dict</c>.</summary>
    public ImmutableArray<LayoutTensor> Tensors { get; }

    /// <summary>Whose names the keys have in the file, and where it keeps the encoder, in words.</summary>
    public string Naming { get; }

    /// <summary>The number of the model's values.</summary>
    public long Parameters => Tensors.Sum(tensor => tensor.ElementCount);

    /// <summary>How many further tensors there are, which are not used: of a document model, its language model.</summary>
    public int OtherTensors => Source.Tensors.Length + Source.UnopenedTensors - Tensors.Length;

    /// <summary>Whether prompt encoder and mask decoder are there; false for an encoder alone.</summary>
    public virtual bool HasDecoder => false;

    /// <summary>A sentence for everything that was ignored or assumed.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>Recognises a checkpoint of any known model by its keys and shapes, before any weights are read.</summary>
    /// <param name="source">The file.</param>
    /// <param name="ignoreUnexpected">
    /// Leaves out tensors that the model has no place for, with a note that lists them, in place of refusing the file.
    /// </param>
    /// <exception cref="CheckpointException">
    /// It is no whole model that is known; the message names every key that does not fit.
    /// </exception>
    public static ModelCheckpoint Open(TensorSource source, bool ignoreUnexpected = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ModelFamilies.Of(new KeyTable(source)).Open(source, ignoreUnexpected);
    }

    /// <summary>Like <see cref="Open"/>, but returns the refusal: one of the two is null.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    public static (ModelCheckpoint? Checkpoint, CheckpointException? Refusal) TryOpen(
        TensorSource source, bool ignoreUnexpected = false)
    {
        try
        {
            return (Open(source, ignoreUnexpected), null);
        }
        catch (CheckpointException refusal)
        {
            return (null, refusal);
        }
    }

    /// <summary>The file's own entry for a tensor of the original: its name, type and place there.</summary>
    /// <exception cref="ArgumentException">The model has no such tensor.</exception>
    public TensorInfo Find(string canonicalName) => byName.TryGetValue(canonicalName, out TensorInfo? tensor)
        ? tensor
        : throw new ArgumentException(
            $"{Source.Name} provides no tensor {Printable.Quote(canonicalName)}.", nameof(canonicalName));

    /// <summary>The shape of a tensor of the original.</summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public ImmutableArray<long> Shape(string canonicalName) => Find(canonicalName).Shape;

    /// <summary>Reads a tensor of the original as float, see <see cref="TensorSource.Read"/>.</summary>
    /// <param name="canonicalName">The key of the original's <c>state_dict</c>.</param>
    /// <param name="destination">Exactly as many values as the tensor has, in C order.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or the destination has another length.</exception>
    public void Read(string canonicalName, Span<float> destination) => Source.Read(Find(canonicalName), destination);

    /// <summary>Reads consecutive values of a tensor of the original, see <see cref="TensorSource.ReadSlice"/>.</summary>
    /// <param name="canonicalName">The key of the original's <c>state_dict</c>.</param>
    /// <param name="first">The flat position of the first value.</param>
    /// <param name="destination">Where they go.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or the slice reaches beyond it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the destination holds anything.</exception>
    public void ReadSlice(
        string canonicalName, long first, Span<float> destination, CancellationToken cancellation = default) =>
        Source.ReadSlice(Find(canonicalName), first, destination, cancellation);

    /// <summary>Whether the file has a tensor of the original.</summary>
    private protected bool HasTensor(string canonicalName) => byName.ContainsKey(canonicalName);
}
