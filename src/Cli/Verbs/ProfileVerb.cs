using System.CommandLine;
using System.Text.Json.Serialization;
using SamNative.Imaging;

namespace SamNative.Cli;

/// <summary>Where the time of an encode goes, step by step, beside what the processor could do at most.</summary>
internal sealed class ProfileVerb : Verb
{
    private const int DefaultRuns = 5;

    private readonly Argument<string?> image = new("IMAGE")
    {
        Description = "The picture to encode, - for stdin. Without it: one that fills the model's square.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly ModelOptions model = ModelOptions.ForMeasuring();
    private readonly Option<string?> trace = new("--trace")
    {
        HelpName = "FILE",
        Description = "Write what each thread did when, as a Chrome trace (open it in chrome://tracing or Perfetto).",
    };

    private readonly Option<int> memory = PictureInput.MaxMegabytes();
    private readonly Option<int> runs = SharedOptions.Count(
        "--runs", 10_000, "How many encodes the medians are of. Default: 5.");

    private readonly Option<Schedule?> schedule = Schedule.Option();
    private readonly Option<bool> force = SharedOptions.Force();
    private readonly Option<bool> json = SharedOptions.Json();

    public ProfileVerb()
        : base("profile", "Measure every step of an encode: time, work, and the share of the processor's peak.")
    {
        Add(image);
        model.AddTo(this);
        foreach (Option option in new Option[] { trace, schedule, memory, runs, force, json })
        {
            Add(option);
        }
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(schedule) is { } planned)
        {
            RunSchedule(parsed, planned, cancellation);
            return;
        }

        string? traceFile = parsed.GetValue(trace);
        if (traceFile is not null)
        {
            Output.Check(
                [traceFile], [parsed.GetValue(image), .. model.Files(parsed)],
                parsed.GetValue(force));
        }

        DecodedImage? picture = Picture(parsed, cancellation);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation);
        SamModel sam = loaded.Model;
        ImageView view = picture?.View ?? Measurement.Picture(sam.InputSize);
        EncoderProfile profile = new(sam.Plan.Steps.Count, sam.Threads);
        int count = Runs(parsed);
        (double[] times, double peak) = Measure(sam, view, profile, count, cancellation);
        if (traceFile is not null)
        {
            Output.Write(traceFile, parsed.GetValue(force), stream => ChromeTrace.Write(stream, sam.Plan, profile));
        }

        ProfileResult result = ProfileResult.Of(loaded.Name, sam, times, peak);
        if (parsed.GetValue(json))
        {
            Json.Print(result, ProfileJson.Default.ProfileResult);
        }
        else
        {
            ProfileReport.Print(result, count);
        }
    }

    /// <summary>The picture that was given; null for one that fills the model's square.</summary>
    private DecodedImage? Picture(ParseResult parsed, CancellationToken cancellation) => parsed.GetValue(image) is { } path
        ? new PictureInput(parsed.GetValue(memory), Log.Line).Load(path, cancellation)
        : null;

    private int Runs(ParseResult parsed) => parsed.GetValue(runs) is > 0 and int given ? given : DefaultRuns;

    /// <summary>What other numbers of workers would make of the steps.</summary>
    private void RunSchedule(ParseResult parsed, Schedule planned, CancellationToken cancellation)
    {
        DecodedImage? picture = Picture(parsed, cancellation);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation, threads: 1);
        ImageView view = picture?.View ?? Measurement.Picture(loaded.Model.InputSize);
        int count = Runs(parsed);
        ScheduleResult result = ScheduleResult.Measure(loaded, view, planned, count, cancellation);
        if (parsed.GetValue(json))
        {
            Json.Print(result, ProfileJson.Default.ScheduleResult);
        }
        else
        {
            result.Print(count);
        }
    }

    /// <summary>The median time of each step in milliseconds, and the peak measured before and after.</summary>
    private static (double[] Times, double Peak) Measure(
        SamModel sam, ImageView picture, EncoderProfile profile, int runs, CancellationToken cancellation)
    {
        using SamEmbedding embedding = sam.Encode(picture, null, cancellation);
        double before = Measurement.Peak(sam);
        List<double>[] times = [.. sam.Plan.Steps.Select(_ => new List<double>(runs))];
        for (int run = 0; run < runs; run++)
        {
            sam.Encode(picture, embedding, profile, cancellation);
            for (int step = 0; step < times.Length; step++)
            {
                times[step].Add(profile.Time(step).TotalMilliseconds);
            }
        }

        double peak = (before + Measurement.Peak(sam)) / 2;
        return ([.. times.Select(Measurement.Median)], peak);
    }
}

/// <summary>What profile --json prints.</summary>
internal sealed record ProfileResult(
    string Model, string Isa, int Threads, double FmaPeakGflops, IReadOnlyList<ProfiledStep> Steps)
{
    public static ProfileResult Of(string name, SamModel model, double[] times, double peak) => new(
        name, model.Isa.ToString().ToLowerInvariant(), model.Threads, Math.Round(peak, 1),
        [.. model.Plan.Steps.Select((step, i) => ProfiledStep.Of(step, times[i], peak))]);
}

/// <summary>One step of it, or several of one kind together.</summary>
/// <param name="Name">Its name in the original.</param>
/// <param name="Operation">Its kind.</param>
/// <param name="Gflop">Useful work, in 10^9 floating-point operations.</param>
/// <param name="Ms">The median of its times.</param>
/// <param name="OfPeak">The share of the FMA peak it reached, 0 to 1.</param>
internal sealed record ProfiledStep(string Name, string Operation, double Gflop, double Ms, double OfPeak)
{
    public static ProfiledStep Of(EncoderStep step, double ms, double peak) => new(
        step.Name, step.Kind, Math.Round(step.Flops / 1e9, 3), Math.Round(ms, 3), Math.Round(step.Flops / 1e6 / ms / peak, 4));
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProfileResult))]
[JsonSerializable(typeof(ScheduleResult))]
internal sealed partial class ProfileJson : JsonSerializerContext;
