using System.Text.Json;
using SamNative.Kernels;
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
                "encode_ms", "decode_ms", "load_ms", "first_encode_ms", "gflops", "fma_peak_gflops", "peak_rss_mb", "threads",
                "isa",
            ],
            json.EnumerateObject().Select(property => property.Name));
        Assert.All(
            json.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number),
            property => Assert.True(property.Value.GetDouble() > 0, property.Name));
        Assert.Equal(1, json.GetProperty("threads").GetInt32());
        Assert.Equal(Isa.Default.ToString().ToLowerInvariant(), json.GetProperty("isa").GetString());
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
        Assert.Contains("median of 1, a picture of 256 x 256 that fills the square", ran.Text, StringComparison.Ordinal);
        Assert.Contains("one click, three masks of 1024 x 683", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_refuses_what_it_cannot_measure()
    {
        Samnative.Run(folder, "bench", "--runs", "0").Failed(2, "--runs 0: give a whole number from 1");
        Samnative.Run(folder, "bench", "-m", "gone").Failed(1, "neither a file nor a model that has a name");
        Samnative.Run(folder, [], [(Isa.EnvironmentVariable, "mmx")], "bench", "-m", "demo").Failed(1, "names no instruction set");
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
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(folder.Cache, json.GetProperty("cache").GetString());
        JsonElement model = Assert.Single(json.GetProperty("models").EnumerateArray());
        Assert.Equal("vit_l", model.GetProperty("name").GetString());
        Assert.Equal(new FileInfo(TestFiles.DemoModel).Length, model.GetProperty("bytes").GetInt64());
        Assert.Equal(Isa.Default.ToString().ToLowerInvariant(), json.GetProperty("isa").GetProperty("used").GetString());
        Assert.Equal(Isa.Found.ToString().ToLowerInvariant(), json.GetProperty("isa").GetProperty("found").GetString());
        foreach (IGrouping<string?, JsonElement> operation in json.GetProperty("kernels").EnumerateArray()
            .GroupBy(kernel => kernel.GetProperty("operation").GetString(), StringComparer.Ordinal))
        {
            Assert.True(operation.Count(kernel => kernel.GetProperty("used").GetBoolean()) <= 1, operation.Key);
        }
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
