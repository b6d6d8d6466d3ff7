using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization;
using SamNative.Kernels;

namespace SamNative.Cli;

/// <summary>How fast a model runs here, beside what the processor could do at most in the same minute.</summary>
internal sealed class BenchVerb : Verb
{
    /// <summary>The frame of the masks: a photograph of common shape.</summary>
    private static readonly ImageSize photograph = new(Height: 683, Width: 1024);

    private const int DefaultRuns = 5;

    private static readonly TimeSpan decodeTime = TimeSpan.FromSeconds(2);

    /// <summary>Small models are measured before the runtime has compiled them for speed if they do not run this long first.</summary>
    private static readonly TimeSpan warmUpTime = TimeSpan.FromSeconds(1);

    private readonly ModelOptions model = ModelOptions.ForMeasuring();
    private readonly Option<int> runs = SharedOptions.Count(
        "--runs", 10_000, "How many encodes the median is of. Default: 5.");

    private readonly Option<bool> json = SharedOptions.Json();

    public BenchVerb()
        : base("bench", "Measure loading, encoding and answering, and compare with the processor's peak.")
    {
        model.AddTo(this);
        Add(runs);
        Add(json);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        using LoadedModel loaded = model.Load(parsed, deferDecoder: true, cancellation);
        double load = Measurement.Milliseconds(start);
        SamModel sam = loaded.Model;
        double peakBefore = Measurement.Peak(sam);

        ImageView picture = Measurement.Picture(sam.InputSize);
        start = Stopwatch.GetTimestamp();
        using SamEmbedding embedding = sam.Encode(picture, null, cancellation);
        double first = Measurement.Milliseconds(start);
        int encodes = parsed.GetValue(runs) is > 0 and int given ? given : DefaultRuns;
        double encode = Median(
            encodes, TimeSpan.MaxValue, start, () => sam.Encode(picture, embedding, null, cancellation));
        double peak = (peakBefore + Measurement.Peak(sam)) / 2;
        double? decode = null;
        if (sam.HasDecoder)
        {
            sam.TrimExcess();
            start = Stopwatch.GetTimestamp();
            using SamPredictor predictor = sam.CreatePredictor();
            load += Measurement.Milliseconds(start);
            decode = MeasureDecode(predictor, embedding, sam.InputSize, cancellation);
        }

        BenchResult result = new(
            Round(encode), decode is { } ms ? Round(ms) : null, Round(load), Round(first),
            Round(sam.Plan.Flops / encode / 1e6), Round(peak), Round(PeakMemory.Megabytes()), sam.Threads,
            sam.Isa.ToString().ToLowerInvariant());
        if (parsed.GetValue(json))
        {
            Json.Print(result, BenchJson.Default.BenchResult);
        }
        else
        {
            Print(result, loaded.Name, sam.Plan, encodes);
        }
    }

    /// <summary>One click on a cached embedding: three masks, brought to the size of a photograph.</summary>
    private static double MeasureDecode(
        SamPredictor predictor, SamEmbedding embedding, int side, CancellationToken cancellation)
    {
        const int MostRuns = 101;

        // The values are those of the square picture: their time does not depend on what they show.
        embedding.SetSizes(0, photograph, photograph.FitInto(side));
        predictor.SetEmbedding(embedding);
        SamPrompt click = SamPrompt.At(photograph.Width / 2, photograph.Height / 2);
        long start = Stopwatch.GetTimestamp();
        SamPrediction answer = predictor.Predict(click, multimask: true, cancellation);
        return Median(MostRuns, decodeTime, start, () => predictor.Predict(click, answer, multimask: true, cancellation));
    }

    /// <summary>
    /// The median of so many runs, in milliseconds, or of as many as fit the time, but at least three; none of them within
    /// <see cref="warmUpTime"/> of the first.
    /// </summary>
    /// <param name="first">When the first run of all began.</param>
    private static double Median(int runs, TimeSpan most, long first, Action run)
    {
        const int FewestRuns = 3;
        while (Stopwatch.GetElapsedTime(first) < warmUpTime)
        {
            run();
        }

        List<double> times = [];
        long began = Stopwatch.GetTimestamp();
        while (times.Count < runs && (times.Count < FewestRuns || Stopwatch.GetElapsedTime(began) < most))
        {
            long start = Stopwatch.GetTimestamp();
            run();
            times.Add(Measurement.Milliseconds(start));
        }

        return Measurement.Median(times);
    }

    private static void Print(BenchResult result, string name, EncoderPlan plan, int runs)
    {
        Table table = new("bench", name);
        table.Add("encoder", $"{plan.Parameters:N0} parameters, {plan.Flops / 1e9:N1} GFLOP a picture");
        table.Add("machine", $"{result.Isa}, {result.Threads} threads");
        table.Add("load", $"{result.LoadMs:N0} ms");
        table.Add("first encode", $"{result.FirstEncodeMs:N0} ms");
        table.Add(
            "encode", $"{result.EncodeMs:N1} ms, median of {runs}, a picture of {plan.Frame.Height} x {plan.Frame.Width} that fills the square");
        if (result.DecodeMs is { } decode)
        {
            table.Add("decode", $"{decode:N1} ms, one click, three masks of {photograph.Width} x {photograph.Height}");
        }

        table.Add(
            "speed",
            $"{result.Gflops:N1} GFLOP/s, {100 * result.Gflops / result.FmaPeakGflops:0} % of the FMA peak of "
            + $"{result.FmaPeakGflops:N1} measured before and after");
        table.Add("peak memory", $"{result.PeakRssMb:N0} MB");
        table.WriteTo(Console.Out);
    }

    private static double Round(double value) => Math.Round(value, 2);
}

/// <summary>What bench --json prints; decode_ms is null for an encoder alone.</summary>
internal sealed record BenchResult(
    double EncodeMs, double? DecodeMs, double LoadMs, double FirstEncodeMs, double Gflops, double FmaPeakGflops,
    double PeakRssMb, int Threads, string Isa);

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BenchResult))]
internal sealed partial class BenchJson : JsonSerializerContext;
