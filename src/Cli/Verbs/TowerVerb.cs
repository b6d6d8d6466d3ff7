using System.CommandLine;
using System.Text.Json.Serialization;

namespace SamNative.Cli;

/// <summary>Pictures to the tokens that a document model's visual tower makes of them.</summary>
internal sealed class TowerVerb : Verb
{
    private readonly Option<string> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Required = true,
        Description = "The features to write (safetensors: tokens, and tiles where the picture is cut), - for stdout; for many "
            + "pictures the folder to write to.",
    };

    private readonly Option<string> model = new("--model", "-m")
    {
        HelpName = "MODEL",
        Required = true,
        Description = "The document model: a safetensors or PyTorch file, the index of a model in several files, or the folder "
            + "that holds it. Only the files with the tower are read.",
    };

    private readonly Option<string?> preset = new("--preset")
    {
        Description = "How pictures are prepared. Default: as the model does it that the file's names show.",
    };

    private readonly Option<int> inputSize = SharedOptions.Count(
        "--input-size", SamOptions.MaxInputSize,
        "The side in pixels of the whole picture's view, which is then the only one: one of the model's own sizes. Default: the "
            + "preset's, with tiles where it has them.",
        SamOptions.MinInputSize);

    private readonly Option<int> threads = SharedOptions.Threads();

    private readonly ManyPictures pictures = new("A picture (- for stdin).");
    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> memory = PictureInput.MaxMegabytes();
    private readonly Option<bool> json = SharedOptions.Json();

    public TowerVerb()
        : base("tower", "Encode pictures with the visual tower of a document model.")
    {
        preset.AcceptOnlyFromAmong([.. TowerPreprocessing.All.Select(known => known.Name)]);
        pictures.AddTo(this);
        foreach (Option option in new Option[]
        {
            model, output, preset, inputSize, threads, ignoreUnexpected, force, memory, json,
        })
        {
            Add(option);
        }

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
        bool replace = parsed.GetValue(force);
        Output.Check([to], [from, .. KnownModels.FilesOf(parsed.GetRequiredValue(model))], replace);
        using VisualTower tower = Load(parsed, cancellation);
        PictureFeatures made = Encode(tower, from, Pictures(parsed, Log.Line), cancellation);
        tower.ComputeSha256(cancellation);
        Output.Write(to, replace, stream => FeaturesFile.Writer(tower, made.Size, made.Features).Save(stream));
        if (!Output.IsStandard(to))
        {
            Report(parsed, tower, [WrittenFeatures.Of(from, to, made.Features)], result => result);
        }
    }

    private void EncodeMany(ParseResult parsed, string folder, CancellationToken cancellation)
    {
        FoundPictures found = pictures.Find(parsed, cancellation, folder);
        using VisualTower tower = Load(parsed, cancellation);
        tower.ComputeSha256(cancellation);
        using BatchProgress progress = BatchProgress.OnError("encoding");
        TowerStep step = new(tower, folder, Pictures(parsed, progress.Say));
        Output.CheckApart(
            found.Mine.SelectMany(step.Targets),
            [.. found.Mine.Select(picture => picture.Path), .. KnownModels.FilesOf(parsed.GetRequiredValue(model))]);
        BatchReport report = Batch.Run(found.Mine, [folder], parsed.GetValue(force), step, progress, cancellation);
        Report(parsed, tower, step.Written, result => result with
        {
            Pictures = found.Total,
            Skipped = [.. report.Skipped.Select(picture => picture.Path)],
            Failed = report.Failed,
            PassedOver = found.PassedOver,
        });
        report.ThrowIfAnyFailed();
    }

    private PictureInput Pictures(ParseResult parsed, Action<string> say) => new(parsed.GetValue(memory), say);

    private VisualTower Load(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(model);
        TowerOptions options = new()
        {
            Threads = parsed.GetValue(threads),
            Preprocessing = parsed.GetValue(preset) is string known ? TowerPreprocessing.Find(known) : null,
            InputSize = parsed.GetValue(inputSize) is > 0 and int side ? side : null,
            IgnoreUnexpectedTensors = parsed.GetValue(ignoreUnexpected),
        };
        VisualTower tower = VisualTower.Load(KnownModels.Open(name, cancellation), options, cancellation);
        foreach (string note in tower.Notes)
        {
            Log.Line($"{name}: {note}");
        }

        return tower;
    }

    private static PictureFeatures Encode(
        VisualTower tower, string path, PictureInput pictures, CancellationToken cancellation)
    {
        using ProgressLine progress = new("encoding");
        return TowerStep.Encode(tower, path, pictures, progress, cancellation);
    }

    private void Report(
        ParseResult parsed, VisualTower tower, IReadOnlyList<WrittenFeatures> written, Func<TowerResult, TowerResult> complete)
    {
        TowerResult result = complete(
            new TowerResult(parsed.GetRequiredValue(model), tower.ComputeSha256(), tower.Preprocessing.Name, written));
        if (parsed.GetValue(json))
        {
            Json.Print(result, TowerJson.Default.TowerResult);
            return;
        }

        foreach (WrittenFeatures file in result.Features)
        {
            string tiles = file.Tiles is null ? string.Empty : $", {string.Join(" x ", file.Tiles)} of tiles";
            Console.Out.WriteLine($"{file.Output}: {string.Join(" x ", file.Tokens)}{tiles}");
        }
    }
}

/// <summary>What tower --json prints; the properties that may be null are there for many pictures only.</summary>
/// <param name="Preset">How pictures were prepared.</param>
internal sealed record TowerResult(string Model, string ModelSha256, string Preset, IReadOnlyList<WrittenFeatures> Features)
{
    /// <inheritdoc cref="EncodeResult.Pictures"/>
    public int? Pictures { get; init; }

    /// <summary>Pictures of this run whose features were there.</summary>
    public IReadOnlyList<string>? Skipped { get; init; }

    /// <inheritdoc cref="EncodeResult.Failed"/>
    public IReadOnlyList<FailedPicture>? Failed { get; init; }

    /// <inheritdoc cref="EncodeResult.PassedOver"/>
    public IReadOnlyList<string>? PassedOver { get; init; }
}

/// <summary>The features of one picture of it.</summary>
/// <param name="Tokens">The shape of those of the whole picture.</param>
/// <param name="Tiles">The shape of those of its tiles; null where it was not cut.</param>
internal sealed record WrittenFeatures(string Input, string Output, int[] Tokens, int[]? Tiles)
{
    public static WrittenFeatures Of(string input, string output, TowerFeatures features) =>
        new(input, output, ShapeOf(features.Whole), features.Tiles is { } tiles ? ShapeOf(tiles) : null);

    private static int[] ShapeOf(ViewFeatures features) =>
        [features.Count, features.Rows * features.Columns, features.Channels];
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TowerResult))]
internal sealed partial class TowerJson : JsonSerializerContext;
