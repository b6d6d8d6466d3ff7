using System.CommandLine;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The options that say which model a verb works with, and how it is loaded.</summary>
internal sealed class ModelOptions
{
    private const string Padded = "padded";
    private const string Tight = "tight";

    private readonly bool isMeasured;
    private readonly Option<string?> model;
    private readonly Option<int> threads = SharedOptions.Threads();

    private readonly Option<int> inputSize = SharedOptions.Count(
        "--input-size", SamOptions.MaxInputSize,
        $"The side in pixels of the square that pictures are brought to, {SamOptions.MinInputSize} to {SamOptions.MaxInputSize}, a "
            + "multiple of the model's patch: smaller is faster and coarser. Default: the model's.",
        SamOptions.MinInputSize);

    private readonly Option<string> inputFit = new("--input-fit")
    {
        Description = "Pad pictures to the square, as the original does, or run a tight frame of the picture's own shape: faster, "
            + "with other numbers.",
        DefaultValueFactory = _ => Padded,
    };

    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();

    private ModelOptions(bool isMeasured, string description)
    {
        this.isMeasured = isMeasured;
        model = new("--model", "-m") { HelpName = "MODEL", Description = description };
        inputFit.AcceptOnlyFromAmong(Padded, Tight);
    }

    /// <summary>Those of a verb that looks at pictures: without a name it takes what is there.</summary>
    public static ModelOptions ForPictures() => new(
        isMeasured: false,
        "A checkpoint, safetensors or PyTorch, or a known name: vit_b, vit_l, vit_h, demo. Without it: vit_b if it "
            + "is in a cache (see download), otherwise demo, which is built in and knows only drawn shapes.");

    /// <summary>Those of a verb that measures: without a name it makes weights.</summary>
    public static ModelOptions ForMeasuring() => new(
        isMeasured: true, "A path or known name. Without it: the synthetic ViT-B of seed 0, made in memory.");

    public void AddTo(Command verb)
    {
        verb.Add(model);
        verb.Add(threads);
        verb.Add(inputSize);
        verb.Add(inputFit);
        verb.Add(ignoreUnexpected);
    }

    /// <summary>The files that the model is read from, where it is none of the program's own.</summary>
    public IEnumerable<string> Files(ParseResult parsed) =>
        IsMade(parsed) ? [] : KnownModels.FilesOf(parsed.GetValue(model));

    /// <summary>Loads what -m says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="deferDecoder">See <see cref="SamOptions.DeferDecoder"/>.</param>
    /// <param name="cancellation">Ends the loading, and the waiting for a file that is no regular one.</param>
    /// <param name="threads">The threads to compute with; null for those of the command line.</param>
    public LoadedModel Load(ParseResult parsed, bool deferDecoder, CancellationToken cancellation, int? threads = null)
    {
        SamOptions options = new()
        {
            Threads = threads ?? parsed.GetValue(this.threads),
            InputSize = parsed.GetValue(inputSize) is > 0 and int side ? side : null,
            InputFit = parsed.GetValue(inputFit) == Tight ? InputFit.Tight : InputFit.Padded,
            IgnoreUnexpectedTensors = parsed.GetValue(ignoreUnexpected),
            DeferDecoder = deferDecoder,
        };
        return IsMade(parsed)
            ? LoadedModel.Load("synthetic vit_b", new SyntheticCheckpoint(SamConfig.VitB), options, cancellation)
            : LoadedModel.Load(parsed.GetValue(model), options, cancellation);
    }

    private bool IsMade(ParseResult parsed) => isMeasured && parsed.GetValue(model) is null;
}
