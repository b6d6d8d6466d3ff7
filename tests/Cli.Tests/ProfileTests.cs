using System.Globalization;
using System.Text.Json;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb profile.</summary>
public sealed class ProfileTests : IDisposable
{
    private const string Trace = "trace.json";

    private readonly WorkFolder folder = new();
    private readonly SamModel demo = SamModel.Load(TestFiles.DemoModel);

    public void Dispose()
    {
        demo.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Every_step_of_the_plan_is_measured_in_order()
    {
        JsonElement json = Samnative
            .Run(folder, "profile", "-m", "demo", "--runs", "3", "--threads", "2", "--json").Json;

        Assert.Equal(["model", "isa", "threads", "fma_peak_gflops", "steps"], json.Keys());
        Assert.Equal("demo", json.Text("model"));
        Assert.Equal(Isa.Default.ToString().ToLowerInvariant(), json.Text("isa"));
        Assert.Equal(2, json.GetProperty("threads").GetInt32());
        double peak = json.GetProperty("fma_peak_gflops").GetDouble();
        Assert.True(peak > 0);
        JsonElement[] steps = json.Items("steps");
        Assert.Equal(demo.Plan.Steps.Select(step => step.Name), steps.Select(step => step.Text("name")));
        double gflop = 0;
        foreach (JsonElement step in steps)
        {
            Assert.Equal(["name", "operation", "gflop", "ms", "of_peak"], step.Keys());
            double work = step.GetProperty("gflop").GetDouble();
            double ms = step.GetProperty("ms").GetDouble();
            double ofPeak = step.GetProperty("of_peak").GetDouble();
            Assert.True(ms > 0, step.Text("name"));

            // As far as the printed digits go: gflop has three, and so has ms.
            double error = (0.0006 / Math.Max(work, 0.0006)) + (0.0006 / ms) + 0.001;
            Assert.Equal(work / ms * 1000 / peak, ofPeak, (error * ofPeak) + 0.0001);
            gflop += work;
        }

        Assert.Equal(demo.Plan.Flops / 1e9, gflop, 0.0005 * steps.Length);
        Assert.Contains("attention, windows", steps.Select(step => step.Text("operation")));
        Assert.Contains("attention, global", steps.Select(step => step.Text("operation")));
    }

    [Fact]
    public void A_page_shows_steps_kinds_and_the_whole()
    {
        Ran ran = Samnative.Run(folder, "profile", TestFiles.Playground, "-m", "demo", "--runs", "1").Succeeded();

        Assert.Empty(ran.Error);
        Assert.Contains("\nblocks.0.attn.qkv ", ran.Text, StringComparison.Ordinal);
        Assert.Contains($"\n{demo.Config.Depth} x mlp ", ran.Text, StringComparison.Ordinal);
        Assert.Contains("the sum of the steps' medians over 1 encodes", ran.Text, StringComparison.Ordinal);
        Assert.Contains("% of the peak", ran.Text, StringComparison.Ordinal);
        Assert.All(ran.Text.Split('\n'), line => Assert.True(line.Length <= 120, line));
    }

    [Fact]
    public void The_trace_holds_every_step_and_every_piece_once()
    {
        Samnative.Run(folder, "profile", "-m", "demo", "--runs", "2", "--threads", "2", "--trace", Trace).Succeeded();

        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.File(Trace)));
        JsonElement[] events = document.RootElement.Items("traceEvents");
        Assert.Equal(
            ["steps", "worker 0", "worker 1"],
            events.Where(item => item.Text("ph") == "M").Select(item => item.GetProperty("args").Text("name")));
        Bar[] bars = [.. events.Where(item => item.Text("ph") == "X").Select(Bar.Of)];
        Assert.Equal(events.Length, bars.Length + 3);

        Bar[] steps = [.. bars.Where(bar => bar.Thread == 0)];
        Assert.Equal(demo.Plan.Steps.Select(step => step.Name), steps.Select(bar => bar.Name));
        Assert.Equal(0, steps[0].Begin);
        Assert.All(steps.Zip(steps.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Begin, 0.11));
        Bar[] pieces = [.. bars.Where(bar => bar.Thread > 0)];
        Assert.All(pieces, bar => Assert.InRange(bar.Thread, 1, 2));
        Assert.Equal(pieces.Length, steps.Sum(step => PiecesOf(step, pieces)));
    }

    [Fact]
    public void A_trace_is_not_overwritten_unless_forced()
    {
        folder.Write(Trace, "kept");

        Samnative.Run(folder, "profile", "-m", "demo", "--trace", Trace)
            .Failed(1, $"{Trace} exists: choose another name, or replace it with --force");
        Assert.Equal("kept", File.ReadAllText(folder.File(Trace)));

        Samnative.Run(folder, "profile", "-m", "demo", "--runs", "1", "--trace", Trace, "--force").Succeeded();
        Assert.StartsWith("{", File.ReadAllText(folder.File(Trace)), StringComparison.Ordinal);
        Assert.Equal([Trace], folder.Names);
    }

    [Fact]
    public void A_picture_may_come_from_stdin()
    {
        byte[] picture = File.ReadAllBytes(TestFiles.SmallPicture);

        Samnative.Run(folder, picture, [], "profile", "-", "-m", "demo", "--runs", "1").Succeeded();
        Samnative.Run(folder, "nothing"u8, [], "profile", "-", "-m", "demo").Failed(1, "<stdin>");
    }

    [Fact]
    public void What_cannot_be_profiled_is_refused()
    {
        Samnative.Run(folder, "profile", "--runs", "0").Failed(2, "--runs 0: give a whole number from 1");
        Samnative.Run(folder, "profile", "--threads", "many").Failed(2, "--threads many");
        Samnative.Run(folder, "profile", "a.png", "b.png").Failed(2, "'b.png'");
        Samnative.Run(folder, "profile", "-m", "gone").Failed(1, "neither a file nor a known model");
        Samnative.Run(folder, "profile", "gone.png", "-m", "demo").Failed(1, "gone.png");
        Samnative.Run(folder, "profile", ".", "-m", "demo").Failed(1, "is a folder: give a picture");
        Samnative.Run(folder, "profile", "-m", "demo", "--trace", "gone/t.json").Failed(1, "its folder does not exist");
        Assert.Empty(folder.Names);
    }

    /// <summary>Checks that a step's pieces are numbered from zero on, and were done while it ran; gives their number.</summary>
    private static int PiecesOf(Bar step, Bar[] pieces)
    {
        string prefix = $"{step.Name} [";
        Bar[] own = [.. pieces.Where(bar => bar.Name.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.Equal(
            Enumerable.Range(0, own.Length),
            own.Select(bar => int.Parse(bar.Name[prefix.Length..^1], CultureInfo.InvariantCulture)).Order());
        Assert.NotEmpty(own);
        Assert.All(own, bar => Assert.True(bar.Begin >= step.Begin - 0.11 && bar.End <= step.End + 0.31, $"{bar} of {step}"));
        return own.Length;
    }

    /// <summary>A bar of the drawing; times in microseconds, rounded to tenths.</summary>
    private sealed record Bar(string Name, int Thread, double Begin, double Duration)
    {
        public double End => Begin + Duration;

        public static Bar Of(JsonElement item) => new(
            item.Text("name"), item.GetProperty("tid").GetInt32(), item.GetProperty("ts").GetDouble(),
            item.GetProperty("dur").GetDouble());
    }
}
