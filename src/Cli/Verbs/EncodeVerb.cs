using System.CommandLine;
using System.Text.Json.Serialization;

namespace SamNative.Cli;

/// <summary>Pictures to embeddings: all of the work that does not depend on the prompt.</summary>
internal sealed class EncodeVerb : Verb
{
    private readonly Option<string> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Required = true,
        Description = "The embedding to write (safetensors), - for stdout; for many pictures the folder to write to.",
    };

    private readonly ManyPictures pictures = new(
        "A picture (- for stdin), or a .safetensors file whose tensor pixel_values [n,3,S,S] is preprocessed already.");

    private readonly ModelOptions model = ModelOptions.ForPictures();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> memory = PictureInput.MaxMegabytes();
    private readonly Option<bool> json = SharedOptions.Json();

    public EncodeVerb()
        : base("encode", "Encode pictures, to be prompted later or used as features.")
    {
        pictures.AddTo(this);
        foreach (Option option in new Option[] { output, force, memory, json })
        {
            Add(option);
        }

        model.AddTo(this);

        SharedOptions.KeepOffTerminal(this, output, json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string to = parsed.GetRequiredValue(output);
        bool isFolder = Directory.Exists(to) || Path.EndsInDirectorySeparator(to);
        if (!isFolder && pictures.One(parsed) is string input)
        {
            EncodeOne(parsed, input, to, cancellation);
        }
        else
        {
            EncodeMany(parsed, to, cancellation);
        }
    }

    private void EncodeOne(ParseResult parsed, string from, string to, CancellationToken cancellation)
    {
        Output.Check([to], [from, .. model.Files(parsed)], parsed.GetValue(force));
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation);
        using SamEmbedding embedding = Encode(loaded.Model, from, Pictures(parsed, Log.Line), cancellation);
        loaded.Model.ComputeSha256(cancellation);
        Output.Write(to, parsed.GetValue(force), embedding.Save);
        if (!Output.IsStandard(to))
        {
            EncodedFile file = EncodedFile.Of(from, to, embedding);
            Report(new EncodeResult(loaded.Name, loaded.Model.Sha256, [file]), parsed.GetValue(json));
        }
    }

    private void EncodeMany(ParseResult parsed, string folder, CancellationToken cancellation)
    {
        FoundPictures found = pictures.Find(parsed, cancellation, folder);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation);
        loaded.Model.ComputeSha256(cancellation);
        using BatchProgress progress = BatchProgress.OnError("encoding");
        EncodeStep step = new(loaded.Model, folder, Pictures(parsed, progress.Say));
        Output.CheckApart(
            found.Mine.SelectMany(step.Targets),
            [.. found.Mine.Select(picture => picture.Path), .. model.Files(parsed)]);
        BatchReport report = Batch.Run(found.Mine, [folder], parsed.GetValue(force), step, progress, cancellation);
        EncodeResult result = new(loaded.Name, loaded.Model.Sha256, step.Written)
        {
            Pictures = found.Total,
            Skipped = [.. report.Skipped.Select(picture => picture.Path)],
            Failed = report.Failed,
            PassedOver = found.PassedOver,
        };
        Report(result, parsed.GetValue(json));
        report.ThrowIfAnyFailed();
    }

    private PictureInput Pictures(ParseResult parsed, Action<string> say) => new(parsed.GetValue(memory), say);

    private static SamEmbedding Encode(
        SamModel model, string path, PictureInput pictures, CancellationToken cancellation)
    {
        using ProgressLine progress = new("encoding");
        return EncodeStep.Encode(model, path, pictures, progress, cancellation);
    }

    private static void Report(EncodeResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, EncodeJson.Default.EncodeResult);
            return;
        }

        foreach (EncodedFile file in result.Embeddings)
        {
            Console.Out.WriteLine($"{file.Output}: {string.Join(" x ", file.Shape)}");
        }
    }
}

/// <summary>What encode --json prints; the properties that may be null are there for many pictures only.</summary>
internal sealed record EncodeResult(string Model, string ModelSha256, IReadOnlyList<EncodedFile> Embeddings)
{
    /// <summary>All pictures, those of other shards too.</summary>
    public int? Pictures { get; init; }

    /// <summary>Pictures of this run whose embeddings were there.</summary>
    public IReadOnlyList<string>? Skipped { get; init; }

    /// <summary>Pictures of this run that came to nothing.</summary>
    public IReadOnlyList<FailedPicture>? Failed { get; init; }

    /// <summary>Pictures in the folders, of all shards, whose formats are not read.</summary>
    public IReadOnlyList<string>? PassedOver { get; init; }
}

/// <summary>One embedding of it, [n, channels, grid, grid].</summary>
internal sealed record EncodedFile(string Input, string Output, int[] Shape)
{
    public static EncodedFile Of(string input, string output, SamEmbedding embedding) =>
        new(input, output, [embedding.Count, embedding.Channels, embedding.Frame.Rows, embedding.Frame.Columns]);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EncodeResult))]
internal sealed partial class EncodeJson : JsonSerializerContext;
