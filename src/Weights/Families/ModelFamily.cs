using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace SamNative.Weights;

/// <summary>
/// All that is to be known of the files of one kind of models: how they are told from others, their keys and shapes, their
/// configuration as text, and the values of their synthetic checkpoints. <see cref="ModelFamilies"/> lists them.
/// </summary>
internal abstract class ModelFamily
{
    /// <summary>What a model of this kind is called: <c>SAM</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The metadata key of the configuration.</summary>
    public abstract string ConfigKey { get; }

    /// <summary>Whether a file is to be read as one of this family: by its keys alone, whole or not.</summary>
    public abstract bool Claims(KeyTable table);

    /// <summary>Whether a configuration with these keys is one of this family.</summary>
    public abstract bool ClaimsConfig(IReadOnlySet<string> keys);

    /// <summary>How the keys are spelt; null where none that matter are there.</summary>
    public abstract KeyNaming? FindNaming(KeyTable table);

    /// <summary>Recognises a checkpoint by its keys and shapes, before any weights are read.</summary>
    /// <inheritdoc cref="ModelCheckpoint.Open" path="/param"/>
    /// <inheritdoc cref="ModelCheckpoint.Open" path="/exception"/>
    public abstract ModelCheckpoint Open(TensorSource source, bool ignoreUnexpected);

    /// <summary>Reads the JSON form of a configuration.</summary>
    /// <inheritdoc cref="SamConfig.Parse" path="/param"/>
    /// <inheritdoc cref="SamConfig.Parse" path="/exception"/>
    public abstract ModelConfig ParseConfig(string json, string source);

    /// <summary>The keys that a model's own files have, or those of its files at Hugging Face; null where nobody has such.</summary>
    public abstract KeyNaming? NamingOf(ModelConfig config, bool huggingFace);

    /// <summary>How the values of a synthetic tensor are spread, by the original's key.</summary>
    public virtual SyntheticScale ScaleOf(string name, ImmutableArray<long> shape) => SyntheticScale.Of(name, shape);

    /// <summary>What the error for a file says that comes near no model of this family.</summary>
    public abstract string Cure { get; }

    /// <summary>Models and spellings that a file may have been meant to be.</summary>
    /// <param name="table">The file's keys.</param>
    /// <param name="naming">How they are spelt, where that could be seen.</param>
    public abstract IEnumerable<NearModel> NearModels(KeyTable table, KeyNaming? naming);
}

/// <summary>What is the same for all families, but in terms of one's own configuration.</summary>
internal abstract class ModelFamily<TConfig> : ModelFamily
    where TConfig : ModelConfig
{
    /// <summary>The configuration that the shapes show, also an impossible one; null where they show none.</summary>
    protected abstract TConfig? ReadShapes(KeyTable table, KeyNaming naming);

    /// <summary>Reads the JSON form of a configuration.</summary>
    protected abstract TConfig Parse(string json, string source);

    /// <summary>The tensors that have to be in a file.</summary>
    protected abstract ImmutableArray<LayoutTensor> Layout(TConfig config, KeyTable table, KeyNaming naming);

    /// <summary>The shown configuration with what no shape shows taken from the stated one.</summary>
    protected abstract TConfig Complete(TConfig shown, TConfig stated);

    /// <summary>What a model with these numbers is called, for messages.</summary>
    protected abstract string Name(TConfig config);

    /// <inheritdoc/>
    public sealed override ModelConfig ParseConfig(string json, string source) => Parse(json, source);

    /// <inheritdoc cref="ModelFamily.Open"/>
    protected Recognised<TConfig> Recognise(TensorSource source, bool ignoreUnexpected)
    {
        ArgumentNullException.ThrowIfNull(source);
        KeyTable table = new(source);
        KeyNaming? naming = FindNaming(table);
        if (naming is null || ReadShapes(table, naming) is not TConfig shown)
        {
            throw NearModel.Refuse(this, table, naming);
        }

        if (!naming.IsKnown)
        {
            throw new CheckpointException(
                CheckpointError.UnknownLayout,
                $"{source.Name}: the keys of the image encoder begin with {Printable.Quote(naming.EncoderPrefix)}, "
                + "which is not known. Take what is not the original's off the keys and save it again.");
        }

        TConfig? stated = source.Metadata.TryGetValue(ConfigKey, out string? json)
            ? Parse(json, $"{ConfigKey} in the metadata of {source.Name}")
            : null;
        TConfig config = stated ?? shown;
        config.Validate($"{source.Name}: what the shapes show");
        KeyMatch match = new(table, naming, Layout(config, table, naming), ignoreUnexpected);
        if (!match.Problems.IsEmpty)
        {
            bool contradicts = stated is not null
                && shown.IsPossible
                && new KeyMatch(table, naming, Layout(shown, table, naming), ignoreUnexpected).Problems.IsEmpty;
            throw contradicts
                ? Contradiction(source, stated!, Complete(shown, stated!))
                : Mismatch(source, config, match.Problems);
        }

        CheckTiedKeys(table, naming, match.Layout);
        return new Recognised<TConfig>(source, config, stated is not null, naming, match);
    }

    /// <summary>Two keys can stand for one tensor; if they differ, no choice between them is right.</summary>
    private static void CheckTiedKeys(KeyTable table, KeyNaming naming, ImmutableArray<LayoutTensor> layout)
    {
        TensorSource source = table.Source;
        foreach (LayoutTensor tensor in layout)
        {
            if (naming.NamesInFile(tensor.Name) is [string first, string second]
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
    }

    private static byte[] Bytes(TensorSource source, TensorInfo tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        source.ReadBytes(tensor, bytes);
        return bytes;
    }

    private CheckpointException Mismatch(TensorSource source, TConfig config, ImmutableArray<KeyProblem> problems)
    {
        string keys = problems.Length == 1 ? "1 key does" : $"{problems.Length} keys do";
        string more = problems.Any(problem => IsPositionTable(problem.Name))
            ? " Position tables are used as they are, not interpolated to another size."
            : problems.All(problem => problem.Kind == KeyProblemKind.Unexpected)
            ? " Or leave out what the model has no place for: --ignore-unexpected, SamOptions.IgnoreUnexpectedTensors in code."
            : "";
        return new CheckpointException(
            CheckpointError.KeyMismatch,
            $"{source.Name} comes nearest to {Name(config)}, but {keys} not fit. "
            + $"Use a checkpoint of one model, saved whole.{more}",
            problems);
    }

    private static bool IsPositionTable(string name) =>
        name.Contains("pos_embed", StringComparison.Ordinal) || name.Contains("rel_pos", StringComparison.Ordinal);

    /// <summary>The error for metadata that say one thing where the file shows another.</summary>
    protected CheckpointException Contradiction(TensorSource source, TConfig stated, TConfig shown)
    {
        JsonObject shapes = JsonNode.Parse(shown.ToJson())!.AsObject();
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

/// <summary>A file that is a whole model of a family.</summary>
/// <param name="Source">The file.</param>
/// <param name="Config">The model's numbers.</param>
/// <param name="IsStated">Whether the metadata state them.</param>
/// <param name="Naming">How the keys are spelt.</param>
/// <param name="Match">The tensors.</param>
internal sealed record Recognised<TConfig>(
    TensorSource Source, TConfig Config, bool IsStated, KeyNaming Naming, KeyMatch Match)
    where TConfig : ModelConfig;
