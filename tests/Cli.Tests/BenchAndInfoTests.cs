using System.Text.Json;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verbs that say how fast, and what there is.</summary>
public sealed class BenchAndInfoTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Bench_measures_what_its_keys_say()
    {
        JsonElement json = Samnative.Run(folder, "bench", "-m", "demo", "--runs", "3", "--threads", "1", "--json").Json;

        Assert.Equal(
            [
                "encode_ms", "decode_ms", "load_ms", "first_encode_ms", "gflops", "fma_peak_gflops", "peak_rss_mb",
                "threads", "isa",
            ],
            json.Keys());
        Assert.All(
            json.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number),
            property => Assert.True(property.Value.GetDouble() > 0, property.Name));
        Assert.Equal(1, json.GetProperty("threads").GetInt32());
        Assert.Equal(Isa.Default.ToString().ToLowerInvariant(), json.Text("isa"));
        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        double gflops = model.Plan.Flops / json.GetProperty("encode_ms").GetDouble() / 1e6;
        Assert.Equal(gflops, json.GetProperty("gflops").GetDouble(), gflops * 0.01);
    }

    [Fact]
    public void Bench_prints_a_page()
    {
        Ran ran = Samnative.Run(folder, "bench", "-m", "demo", "--runs", "1").Succeeded();

        Assert.Empty(ran.Error);
        Assert.Contains("% of the FMA peak of", ran.Text, StringComparison.Ordinal);
        Assert.Contains("median of 1, a picture of 256 x 256", ran.Text, StringComparison.Ordinal);
        Assert.Contains("one click, three masks of 1024 x 683", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_refuses_what_it_cannot_measure()
    {
        Samnative.Run(folder, "bench", "--runs", "0").Failed(2, "--runs 0: give a whole number from 1");
        Samnative.Run(folder, "bench", "-m", "gone").Failed(1, "neither a file nor a known model");
        Samnative.Run(folder, [], [(Isa.EnvironmentVariable, "mmx")], "bench", "-m", "demo")
            .Failed(1, "names no instruction set");
    }

    [Fact]
    public void Info_lists_kernels_and_cached_models()
    {
        File.Copy(TestFiles.DemoModel, Path.Combine(folder.Cache, "vit_l.safetensors"));

        JsonElement json = Samnative.Run(folder, "info", "--json").Json;

        Assert.Equal(
            [
                "version", "os", "architecture", "runtime", "isa", "threads", "memory_mb", "cache", "models", "kernels",
            ],
            json.Keys());
        Assert.Equal(folder.Cache, json.Text("cache"));
        JsonElement model = Assert.Single(json.Items("models"));
        Assert.Equal("vit_l", model.Text("name"));
        Assert.Equal(new FileInfo(TestFiles.DemoModel).Length, model.GetProperty("bytes").GetInt64());
        JsonElement isa = json.GetProperty("isa");
        Assert.Equal(Isa.Default.ToString().ToLowerInvariant(), isa.Text("used"));
        Assert.Equal(Isa.Found.ToString().ToLowerInvariant(), isa.Text("found"));
        Assert.Equal(Isa.Processor.ToString().ToLowerInvariant(), isa.Text("processor"));
        JsonElement[] used = [.. json.Items("kernels").Where(kernel => kernel.GetProperty("used").GetBoolean())];
        Assert.NotEmpty(used);
        Assert.Distinct(used.Select(kernel => kernel.Text("operation")));
    }

    [Fact]
    public void Info_shows_the_level_that_is_forced()
    {
        Ran ran = Samnative.Run(folder, [], [(Isa.EnvironmentVariable, "scalar")], "info").Succeeded();

        Assert.Contains("scalar used", ran.Text, StringComparison.Ordinal);
        Assert.Contains("LayerNormScalar *", ran.Text, StringComparison.Ordinal);
        Assert.Contains("built in, knows only drawn shapes", ran.Text, StringComparison.Ordinal);
    }
}
