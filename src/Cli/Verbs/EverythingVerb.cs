using System.CommandLine;
using System.CommandLine.Parsing;

namespace SamNative.Cli;

/// <summary>All masks of a picture, without a prompt.</summary>
internal sealed class EverythingVerb : Verb
{
    private const string JsonEnding = ".json";

    private readonly Argument<string> image = new("IMAGE") { Description = "The picture; - reads it from stdin." };
    private readonly Option<string?> output = new("--output", "-o")
    {
        HelpName = "OUT",
        Description = "The folder to write to, made where it is missing: OUT/NAME with a PNG per mask and metadata.csv, "
            + "or with another format OUT/NAME.json, NAME being the picture's name without its ending. With such a format "
            + "OUT may be the file itself, FILE.json or - for stdout.",
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
        "--overlay", "Also write the picture with all masks drawn over it (PNG).");

    private readonly Option<string?> labelMap = SharedOptions.SideFile(
        "--label-map", "Also write which mask each pixel belongs to, the smallest being in front: 0 for none, N + 1 for "
        + "mask N (PNG, 16-bit gray).");

    private readonly Option<string?> model = SharedOptions.Model();
    private readonly AutomaticOptions options = new();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<int> threads = SharedOptions.Threads();
    private readonly Option<bool> json = SharedOptions.Json();

    public EverythingVerb()
        : base("everything", "Find all there is in a picture, without being asked for any of it.")
    {
        format.AcceptOnlyFromAmong(ResultFormat.All);
        Add(image);
        foreach (Option option in new Option[] { output, format, convertToRle, overlay, labelMap, model })
        {
            Add(option);
        }

        options.AddTo(this);
        foreach (Option option in new Option[] { force, threads, json })
        {
            Add(option);
        }

        Validators.Add(CheckOutputs);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        string from = parsed.GetRequiredValue(image);
        EverythingOutputs outputs = Outputs(parsed, from);
        outputs.Check(parsed.GetValue(force));
        using LoadedModel loaded = LoadedModel.Load(
            parsed.GetValue(model), parsed.GetValue(threads), deferDecoder: false);
        using EverythingJob job = new(loaded, options.Read(parsed));
        EverythingResult result = job.Run(from, outputs, parsed.GetValue(force), "finding masks", cancellation);
        if (parsed.GetValue(json))
        {
            Json.Print(result, EverythingJson.Default.EverythingResult);
        }
        else if (outputs.Masks != Output.Standard)
        {
            Console.Out.WriteLine($"{string.Join(' ', outputs.Names)}: {result.Masks.Length} masks");
        }
    }

    private EverythingOutputs Outputs(ParseResult parsed, string from)
    {
        string form = parsed.GetValue(convertToRle) ? ResultFormat.Rle : parsed.GetRequiredValue(format);
        string? to = parsed.GetValue(output);
        bool isFile = to is null or Output.Standard || (form != ResultFormat.Png && HasJsonEnding(to));
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

        if (to == Output.Standard && (isPictures || result.GetValue(json)))
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
