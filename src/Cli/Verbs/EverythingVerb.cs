using System.CommandLine;
using System.CommandLine.Parsing;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>All masks of a picture, without a prompt.</summary>
internal sealed class EverythingVerb : Verb
{
    private const string JsonEnding = ".json";

    private readonly ManyPictures pictures = new("A picture; - reads it from stdin.");
    private readonly Option<string?> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Description = "The folder to write to, made where it is missing: OUT/NAME with a PNG per mask and metadata.csv, "
            + "or with another format OUT/NAME.json, NAME being the picture's name without its ending. With such a format "
            + "OUT may be the file itself, FILE.json or - for stdout. For many pictures NAME is the whole name.",
    };

    private readonly Option<string> format = new("--format")
    {
        Description = "The form of the masks: a folder of pictures, or as JSON: COCO instances, as the SA-1B data set has "
            + "them, for labelme, or the original's list of records.",
        DefaultValueFactory = _ => ResultFormat.Png,
    };

    private readonly Option<bool> convertToRle = new("--convert-to-rle")
    {
        Description = "The same as --format rle: the original's list of records, with COCO's run lengths.",
    };

    private readonly Option<string?> overlay = SharedOptions.SideFile(
        "--overlay", "Also write the picture with all masks drawn over it (PNG); for many pictures a folder, with "
        + "NAME.overlay.png.");

    private readonly Option<string?> labelMap = SharedOptions.SideFile(
        "--label-map", "Also write which mask each pixel belongs to, the smallest being in front: 0 for none, N + 1 for "
        + "mask N (PNG, 16-bit gray); for many pictures a folder, with NAME.labels.png.");

    private readonly ModelOptions model = ModelOptions.ForPictures();
    private readonly AutomaticOptions options = new();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> memory = PictureInput.MaxMegabytes();
    private readonly Option<bool> json = SharedOptions.Json();

    public EverythingVerb()
        : base("everything", "Find all there is in a picture, without being asked for any of it.")
    {
        format.AcceptOnlyFromAmong(ResultFormat.All);
        pictures.AddTo(this);
        foreach (Option option in new Option[] { output, format, convertToRle, overlay, labelMap })
        {
            Add(option);
        }

        model.AddTo(this);
        options.AddTo(this);
        foreach (Option option in new Option[] { force, memory, json })
        {
            Add(option);
        }

        Validators.Add(CheckOutputs);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (pictures.One(parsed) is string image)
        {
            RunOne(parsed, image, cancellation);
        }
        else
        {
            RunMany(parsed, cancellation);
        }
    }

    private void RunOne(ParseResult parsed, string from, CancellationToken cancellation)
    {
        EverythingOutputs outputs = Outputs(parsed, from);
        outputs.Check([from, .. model.Files(parsed)], parsed.GetValue(force));
        using LoadedModel loaded = model.Load(parsed, deferDecoder: false, cancellation);
        using EverythingJob job = new(loaded, options.Read(parsed), Pictures(parsed, Log.Line));
        FoundMasks found = job.Run(from, outputs, parsed.GetValue(force), "finding masks", cancellation);
        if (parsed.GetValue(json))
        {
            Json.Print(EverythingResult.Of(found, loaded.Name), EverythingJson.Default.EverythingResult);
        }
        else if (!Output.IsStandard(outputs.Masks))
        {
            Console.Out.WriteLine($"{string.Join(' ', outputs.Names)}: {found.Masks.Count} masks");
        }
    }

    private void RunMany(ParseResult parsed, CancellationToken cancellation)
    {
        EverythingOutputs folders = Folders(parsed);
        string[] places = [.. folders.Names];
        FoundPictures found = pictures.Find(parsed, cancellation, places);
        bool isForced = parsed.GetValue(force);
        AutomaticMaskOptions how = options.Read(parsed);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: false, cancellation);
        using BatchProgress progress = BatchProgress.OnError("finding masks");
        using EverythingJob job = new(loaded, how, Pictures(parsed, progress.Say));
        EverythingStep step = new(job, folders, cancellation);
        Output.CheckApart(
            found.Mine.SelectMany(step.Targets),
            [.. found.Mine.Select(picture => picture.Path), .. model.Files(parsed)]);
        new EverythingManifest(loaded.Model.ComputeSha256(cancellation), folders.Format, how with { PointsPerBatch = null })
            .Settle(folders.Masks!, isForced, found.Mine.SelectMany(step.Targets), cancellation);
        BatchReport report = Batch.Run(found.Mine, places, isForced, step, progress, cancellation);
        ManyEverythingResult result = new(
            loaded.Name, loaded.Model.Sha256, found.Total, step.Written, [.. report.Skipped.Select(picture => picture.Path)],
            report.Failed, found.PassedOver);
        Report(result, parsed.GetValue(json));
        report.ThrowIfAnyFailed();
    }

    private PictureInput Pictures(ParseResult parsed, Action<string> say) => new(parsed.GetValue(memory), say);

    private static void Report(ManyEverythingResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, EverythingJson.Default.ManyEverythingResult);
            return;
        }

        foreach (WrittenMasks picture in result.Results)
        {
            Console.Out.WriteLine($"{picture.Output}: {picture.Masks} masks");
        }
    }

    private string Form(ParseResult parsed) =>
        parsed.GetValue(convertToRle) ? ResultFormat.Rle : parsed.GetRequiredValue(format);

    /// <summary>The folders for the files of many pictures.</summary>
    private EverythingOutputs Folders(ParseResult parsed)
    {
        string? to = parsed.GetValue(output);
        return to is not null && !(HasJsonEnding(to) && !Directory.Exists(to))
            ? new EverythingOutputs(to, parsed.GetValue(overlay), parsed.GetValue(labelMap), Form(parsed))
            : throw new CommandFailedException(
                "The masks of several pictures need a folder: name one with -o. Each picture has its own result there.");
    }

    private EverythingOutputs Outputs(ParseResult parsed, string from)
    {
        string form = Form(parsed);
        string? to = parsed.GetValue(output);
        bool isFile = to is null || Output.IsStandard(to)
            || (form != ResultFormat.Png && (HasJsonEnding(to) || OutputTarget.Of(to).IsWrittenThrough));
        string name = from == Output.Standard ? "stdin" : Path.GetFileNameWithoutExtension(from);
        return new EverythingOutputs(
            isFile ? to : EverythingOutputs.MasksIn(to!, name, form), parsed.GetValue(overlay),
            parsed.GetValue(labelMap), form);
    }

    private void CheckOutputs(CommandResult result)
    {
        bool convert = result.GetValue(convertToRle);
        bool isPictures = !convert
            && result.GetResult(format) is null or { Tokens: [] or [{ Value: ResultFormat.Png }] };
        string? to = result.GetResult(output) is { Tokens: [{ Value: string name }] } ? name : null;
        if (convert && result.GetResult(format) is { Tokens: [{ Value: not ResultFormat.Rle }] })
        {
            result.AddError("--convert-to-rle is --format rle: leave one of them out.");
        }

        if (to is null && !result.GetValue(json) && result.GetResult(overlay) is null
            && result.GetResult(labelMap) is null)
        {
            result.AddError("Say what to write: -o, --overlay, --label-map or --json.");
        }

        if (Output.IsStandard(to) && (isPictures || result.GetValue(json)))
        {
            result.AddError("-o - writes one JSON file to stdout: give a --format for it, and leave out --json.");
        }

        if (isPictures && to is not null && HasJsonEnding(to))
        {
            result.AddError($"-o {to}: the format {ResultFormat.Png} needs a folder. Give a --format for JSON.");
        }
    }

    private static bool HasJsonEnding(string path) => path.EndsWith(JsonEnding, StringComparison.OrdinalIgnoreCase);
}
