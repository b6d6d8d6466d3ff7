using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// What is in a file of weights, and what the encoder would do with it. Reads the header, not the weights.
/// </summary>
internal sealed class InspectVerb : Verb
{
    private readonly Argument<string> file = new("FILE")
    {
        Description = "A checkpoint or any file of weights (- for stdin), the index of a model in several files or its folder, "
            + "a model's configuration (.json), or a known name: vit_b, vit_l, vit_h, demo.",
    };

    private readonly Option<bool> plan = new("--plan")
    {
        Description = "Show the image encoder step by step: what is fused, shapes, work, weights, memory.",
    };

    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();
    private readonly Option<bool> json = SharedOptions.Json();

    public InspectVerb()
        : base("inspect", "Show the tensors of a file and the model they make.")
    {
        Add(file);
        Add(plan);
        Add(ignoreUnexpected);
        Add(json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(file);
        bool withPlan = parsed.GetValue(plan);
        using TensorSource source = Open(name, cancellation);
        (ModelCheckpoint? checkpoint, CheckpointException? refusal) =
            ModelCheckpoint.TryOpen(source, parsed.GetValue(ignoreUnexpected));
        EncoderPlan? steps = withPlan
            ? PlanOf(checkpoint ?? throw new CommandFailedException(refusal!.Message))
            : null;
        if (parsed.GetValue(json))
        {
            Json.Print(InspectResult.Of(name, source, checkpoint, refusal, steps), InspectJson.Default.InspectResult);
        }
        else if (steps is not null)
        {
            PlanReport.Print(name, steps, Console.Out);
        }
        else
        {
            Print(name, source, checkpoint, refusal);
        }
    }

    /// <summary>A configuration is as good as a file here: it says which tensors there would be.</summary>
    private static TensorSource Open(string name, CancellationToken cancellation)
    {
        if (Path.GetExtension(name).Equals(".json", StringComparison.OrdinalIgnoreCase)
            && !name.EndsWith(CheckpointFile.IndexEnd, StringComparison.OrdinalIgnoreCase))
        {
            return new SyntheticCheckpoint(SynthVerb.ReadConfig(name, cancellation));
        }

        if (KnownModels.Published.TryGetValue(name, out SamConfig? published) && !KnownModels.IsCached(name))
        {
            Log.Line($"{name} is not downloaded: this is what its configuration says.");
            return new SyntheticCheckpoint(published);
        }

        return WeightsInput.Open(name, cancellation);
    }

    /// <summary>Every tensor; but the thousands of a language model are counted, and only its tower's are listed.</summary>
    private static IEnumerable<TensorInfo> Shown(TensorSource source, ModelCheckpoint? checkpoint)
    {
        if (checkpoint is not TowerCheckpoint)
        {
            return source.Tensors;
        }

        HashSet<TensorInfo> own = [.. checkpoint.Tensors.Select(tensor => checkpoint.Find(tensor.Name))];
        return source.Tensors.Where(own.Contains);
    }

    private static EncoderPlan PlanOf(ModelCheckpoint checkpoint) => checkpoint is SamCheckpoint sam
        ? EncoderPlan.Create(sam.Config)
        : throw new CommandFailedException($"{checkpoint.Source.Name}: only the encoder of a SAM has a plan to show.");

    private static void Print(
        string name, TensorSource source, ModelCheckpoint? checkpoint, CheckpointException? refusal)
    {
        Table tensors = new("name", "dtype", "shape", ">bytes", ">offset");
        foreach (TensorInfo tensor in Shown(source, checkpoint))
        {
            tensors.Add(
                Printable.Plain(tensor.Name), tensor.Dtype.FileName(), $"[{string.Join(',', tensor.Shape)}]",
                $"{tensor.ByteLength}", $"{tensor.Offset}");
        }

        tensors.WriteTo(Console.Out);
        Console.Out.WriteLine();
        Table about = new("file", name);
        long values = source.Tensors.Sum(tensor => tensor.ElementCount);
        long bytes = source.Tensors.Sum(tensor => tensor.ByteLength);
        about.Add("format", source.Format);
        about.Add("tensors", $"{source.Tensors.Length}, {values:N0} values, {bytes:N0} bytes");
        foreach ((string key, string value) in source.Metadata)
        {
            about.Add("metadata", $"{Printable.Plain(key)}: {Printable.Plain(value)}");
        }

        ModelSummary.AddTo(about, checkpoint);
        foreach (string note in checkpoint?.Notes ?? source.Notes)
        {
            about.Add("note", note);
        }

        if (refusal is not null)
        {
            about.Add("reason", refusal.Summary);
            foreach (KeyProblem problem in refusal.Problems)
            {
                about.Add("key", problem.ToString());
            }
        }

        about.WriteTo(Console.Out);
    }
}

/// <summary>What inspect --json prints.</summary>
/// <param name="Model">The numbers of the model; null where none was recognised.</param>
/// <param name="Tower">More of the model where it is a visual tower.</param>
/// <param name="Reason">Why none was recognised.</param>
internal sealed record InspectResult(
    string File, string Format, JsonElement? Model, TowerSummary? Tower, bool HasDecoder, string? Reason, IReadOnlyList<string> Notes,
    IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<InspectedTensor> Tensors, InspectedPlan? Plan)
{
    public static InspectResult Of(
        string file, TensorSource source, ModelCheckpoint? checkpoint, CheckpointException? refusal, EncoderPlan? plan) => new(
        file,
        source.Format,
        Json.Of(checkpoint?.Config),
        TowerSummary.Of(checkpoint),
        checkpoint?.HasDecoder ?? false,
        refusal?.Message,
        checkpoint is null ? source.Notes : checkpoint.Notes,
        source.Metadata,
        [.. source.Tensors.Select(InspectedTensor.Of)],
        plan is null ? null : InspectedPlan.Of(plan));
}

/// <summary>One tensor; offset in bytes from the start of the file.</summary>
internal sealed record InspectedTensor(string Name, string Dtype, IReadOnlyList<long> Shape, long Bytes, long Offset)
{
    public static InspectedTensor Of(TensorInfo tensor) =>
        new(tensor.Name, tensor.Dtype.FileName(), tensor.Shape, tensor.ByteLength, tensor.Offset);
}

/// <summary>The plan of the encoder.</summary>
internal sealed record InspectedPlan(
    long Parameters, long Flops, long ArenaBytes, IReadOnlyList<InspectedStep> Steps,
    IReadOnlyList<InspectedMap> Maps)
{
    public static InspectedPlan Of(EncoderPlan plan) => new(
        plan.Parameters,
        plan.Flops,
        plan.ArenaBytes,
        [.. plan.Steps.Select(InspectedStep.Of)],
        [.. plan.Maps.Select(InspectedMap.Of)]);
}

/// <summary>One step of it.</summary>
internal sealed record InspectedStep(
    string Name, string Fused, IReadOnlyList<int> Input, IReadOnlyList<int> Output, long Flops, long WeightBytes,
    long ActivationBytes, IReadOnlyList<string> Reads, IReadOnlyList<string> Writes)
{
    public static InspectedStep Of(EncoderStep step) => new(
        step.Name, step.Fused, step.Input, step.Output, step.Flops, step.WeightBytes, step.ActivationBytes,
        [.. step.Reads.Select(map => map.Name)], [.. step.Writes.Select(map => map.Name)]);
}

/// <summary>One map of activations; its place in the arena is taken from the first step to the last.</summary>
internal sealed record InspectedMap(string Name, long Bytes, long Offset, int FirstStep, int LastStep)
{
    public static InspectedMap Of(ActivationMap map) =>
        new(map.Name, map.Floats * sizeof(float), map.Offset * sizeof(float), map.FirstStep, map.LastStep);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(InspectResult))]
internal sealed partial class InspectJson : JsonSerializerContext;
