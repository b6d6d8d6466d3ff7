using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace SamNative.Weights;

/// <summary>
/// A file of weights understood as a SAM, or as its image encoder alone: the model's numbers, and every tensor under
/// the original's key. Wrappers and the names of Hugging Face are undone. Nothing is ever used in part without a word:
/// a key that is missing, unexpected or mis-shaped is an error, what is ignored on purpose stands in
/// <see cref="Notes"/>. Safe for use by several threads.
/// </summary>
public sealed class SamCheckpoint
{
    /// <summary>The metadata key of the model's configuration, see <see cref="SamConfig"/>.</summary>
    public const string ConfigKey = "sam.config";

    /// <summary>The metadata key of the model's own defaults for automatic masks.</summary>
    public const string EverythingKey = "sam.everything";

    private readonly IReadOnlyDictionary<string, TensorInfo> byName;

    private SamCheckpoint(TensorSource source, SamConfig config, KeyMatch match, ImmutableArray<string> notes)
    {
        (Source, Config, Tensors, byName, Notes) = (source, config, match.Layout, match.Tensors, notes);
    }

    /// <summary>Where the values are. It belongs to whoever opened it and must stay open while they are read.</summary>
    public TensorSource Source { get; }

    /// <summary>
    /// The model's numbers: those of the metadata, which must agree with the shapes, or else those the shapes show.
    /// Where the file holds the encoder alone and no such metadata, the decoder's numbers are ViT-B's.
    /// </summary>
    public SamConfig Config { get; }

    /// <summary>The tensors that are there, under the original's keys, in the order of its <c>state_dict</c>.</summary>
    public ImmutableArray<LayoutTensor> Tensors { get; }

    /// <summary>Whether prompt encoder and mask decoder are there; false for an image encoder alone.</summary>
    public bool HasDecoder => byName.ContainsKey(SamLayout.PositionMatrix);

    /// <summary>A sentence for everything that was ignored or assumed.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>The model's own defaults for automatic masks: JSON as it stands in the metadata, or null.</summary>
    public string? Everything => Source.Metadata.GetValueOrDefault(EverythingKey);

    /// <summary>Recognises a checkpoint by its keys and shapes, before any weights are read.</summary>
    /// <param name="ignoreUnexpected">
    /// Leaves out tensors that the model has no place for, with a note that lists them, in place of refusing the file.
    /// </param>
    /// <exception cref="CheckpointException">
    /// It is neither a whole SAM nor a whole image encoder; the message names every key that does not fit.
    /// </exception>
    public static SamCheckpoint Open(TensorSource source, bool ignoreUnexpected = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        KeyTable table = new(source);
        KeyScheme? scheme = KeyScheme.Find(table);
        if (scheme is null || ReadShapes(table, scheme) is not SamConfig shown)
        {
            throw NearestLayout.Describe(table, scheme);
        }

        if (!scheme.IsKnown)
        {
            throw new CheckpointException(
                CheckpointError.UnknownLayout,
                $"{source.Name}: the keys of the image encoder begin with {Printable.Quote(scheme.EncoderPrefix)}, "
                + "which is not known. Take what is not the original's off the keys and save it again.");
        }

        SamConfig? stated = source.Metadata.TryGetValue(ConfigKey, out string? json)
            ? SamConfig.Parse(json, $"{ConfigKey} in the metadata of {source.Name}")
            : null;
        bool hasDecoder = scheme.HasDecoder(table);
        SamConfig config = stated ?? shown;
        config.Validate($"{source.Name}: what the shapes show");
        KeyMatch match = new(table, scheme, Layout(config, hasDecoder), ignoreUnexpected);
        if (!match.Problems.IsEmpty)
        {
            bool contradicts = stated is not null
                && shown.IsPossible
                && new KeyMatch(table, scheme, Layout(shown, hasDecoder), ignoreUnexpected).Problems.IsEmpty;
            throw contradicts ? Contradiction(source, config, shown) : Mismatch(source, config, match.Problems);
        }

        CheckTiedKeys(table, scheme);
        return new SamCheckpoint(
            source, config, match, [.. source.Notes, .. match.Notes, .. Assumptions(config, stated, hasDecoder)]);
    }

    /// <summary>Like <see cref="Open"/>, but returns the refusal: one of the two is null.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    public static (SamCheckpoint? Checkpoint, CheckpointException? Refusal) TryOpen(
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
    /// <exception cref="ArgumentException">There is no such tensor, or the slice reaches beyond it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the destination holds anything.</exception>
    public void ReadSlice(
        string canonicalName, long first, Span<float> destination, CancellationToken cancellation = default) =>
        Source.ReadSlice(Find(canonicalName), first, destination, cancellation);

    private static ImmutableArray<LayoutTensor> Layout(SamConfig config, bool hasDecoder)
    {
        SamLayout layout = new(config);
        return hasDecoder ? layout.Tensors : layout.Encoder;
    }

    private static SamConfig? ReadShapes(KeyTable table, KeyScheme scheme)
    {
        ShapeReader reader = new(
            key => table.TryGet(scheme.NamesInFile(key)[0], out TensorInfo? tensor) ? tensor.Shape : null,
            scheme.CountBlocks(table));
        return reader.Read();
    }

    private static IEnumerable<string> Assumptions(SamConfig config, SamConfig? stated, bool hasDecoder)
    {
        if (!hasDecoder)
        {
            yield return "The file holds the image encoder alone: there are no prompts and no masks.";
        }
        else if (stated is null && config.PromptEmbedDim != SamConfig.VitB.PromptEmbedDim)
        {
            yield return $"The decoder is taken to have {config.DecoderHeads} heads, as every published SAM has; "
                + $"metadata {ConfigKey} would say it.";
        }
    }

    /// <summary>Two keys can stand for the position matrix; if they differ, no choice between them is right.</summary>
    private static void CheckTiedKeys(KeyTable table, KeyScheme scheme)
    {
        TensorSource source = table.Source;
        ImmutableArray<string> names = scheme.NamesInFile(SamLayout.PositionMatrix);
        if (names is [string first, string second]
            && table.TryGet(first, out TensorInfo? a)
            && table.TryGet(second, out TensorInfo? b)
            && !(a.Dtype == b.Dtype
                && a.Shape.SequenceEqual(b.Shape)
                && Bytes(source, a).AsSpan().SequenceEqual(Bytes(source, b))))
        {
            throw new CheckpointException(
                CheckpointError.TiedKeysDiffer,
                $"{source.Name}: {Printable.Plain(first)} and {Printable.Plain(second)} are one tensor in the model, "
                + "but differ in the file. Save the checkpoint again from one model.");
        }
    }

    private static byte[] Bytes(TensorSource source, TensorInfo tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        source.ReadBytes(tensor, bytes);
        return bytes;
    }

    private static CheckpointException Mismatch(
        TensorSource source, SamConfig config, ImmutableArray<KeyProblem> problems)
    {
        string model = NearestLayout.NameOf(config) ?? $"the SAM of width {config.EmbedDim} and depth {config.Depth}";
        string keys = problems.Length == 1 ? "1 key does" : $"{problems.Length} keys do";
        string more = problems.Any(problem => IsPositionTable(problem.Name))
            ? " Position tables are used as they are, not interpolated to another size."
            : problems.All(problem => problem.Kind == KeyProblemKind.Unexpected)
            ? " Or leave out what the model has no place for: --ignore-unexpected, SamOptions.IgnoreUnexpectedTensors in code."
            : "";
        return new CheckpointException(
            CheckpointError.KeyMismatch,
            $"{source.Name} comes nearest to {model}, but {keys} not fit. "
            + $"Use a checkpoint of one model, saved whole.{more}",
            problems);
    }

    private static bool IsPositionTable(string name) =>
        name.Contains("pos_embed", StringComparison.Ordinal) || name.Contains("rel_pos", StringComparison.Ordinal);

    private static CheckpointException Contradiction(TensorSource source, SamConfig stated, SamConfig shown)
    {
        // The shapes show neither heads nor seed, so these do not differ.
        SamConfig comparable = shown with { DecoderHeads = stated.DecoderHeads, Seed = stated.Seed };
        JsonObject shapes = JsonNode.Parse(comparable.ToJson())!.AsObject();
        IEnumerable<string> differences = JsonNode.Parse(stated.ToJson())!.AsObject()
            .Where(pair => !JsonNode.DeepEquals(pair.Value, shapes[pair.Key]))
            .Select(pair => $"{pair.Key} {Text(pair.Value)} where the shapes show {Text(shapes[pair.Key])}");
        return new CheckpointException(
            CheckpointError.ConfigContradiction,
            $"{source.Name}: {ConfigKey} in the metadata says {string.Join(", ", differences)}. "
            + $"Correct {ConfigKey}, or leave it out.");

        static string? Text(JsonNode? value) => value?.ToJsonString();
    }
}
