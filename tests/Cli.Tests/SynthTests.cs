using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb synth.</summary>
public sealed class SynthTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public SynthTests() => folder.Write("tiny.json", ReferenceData.Config("tiny"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_file_is_the_one_the_formula_gives()
    {
        JsonElement json = Synth("-o", "tiny.safetensors", "--json").Json;

        using SyntheticCheckpoint expected = new(Tiny());
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("tiny.safetensors"));
        Assert.Equal(expected.ComputeSha256(), file.ComputeSha256());
        Assert.Equal(["output", "tensors", "parameters", "bytes"], json.Keys());
        Assert.Equal(expected.Tensors.Length, json.GetProperty("tensors").GetInt32());
        Assert.Equal(expected.Tensors.Sum(tensor => tensor.ElementCount), json.GetProperty("parameters").GetInt64());
        Assert.Equal(new FileInfo(folder.File("tiny.safetensors")).Length, json.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void The_seed_of_the_command_line_goes_before_that_of_the_configuration()
    {
        Synth("-o", "seven.safetensors", "--seed", "7").Succeeded();

        using SyntheticCheckpoint expected = new(Tiny() with { Seed = 7 });
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("seven.safetensors"));
        Assert.Equal(expected.ComputeSha256(), file.ComputeSha256());
    }

    [Theory]
    [InlineData("f16", TensorDtype.F16)]
    [InlineData("bf16", TensorDtype.BF16)]
    public void Half_the_bits_half_the_size(string dtype, TensorDtype expected)
    {
        Synth("-o", "half.safetensors", "--dtype", dtype).Succeeded();

        using SafetensorsFile file = SafetensorsFile.Open(folder.File("half.safetensors"));
        Assert.All(file.Tensors, tensor => Assert.Equal(expected, tensor.Dtype));
        Assert.Equal(Tiny(), SamCheckpoint.Open(file).Config);
    }

    [Fact]
    public void Stdout_takes_the_place_of_a_file()
    {
        Synth("-o", "tiny.safetensors").Succeeded();

        Assert.Equal(File.ReadAllBytes(folder.File("tiny.safetensors")), Synth("-o", "-").Succeeded().Output);
    }

    [Fact]
    public void What_cannot_be_made_is_refused()
    {
        folder.Write("broken.json", "{");
        string odd = ReferenceData.Config("tiny").Replace("\"num_heads\": 2", "\"num_heads\": 3", StringComparison.Ordinal);
        folder.Write("odd.json", odd);
        folder.Write("there.safetensors", "precious");
        string[] before = folder.Names;

        Samnative.Run(folder, "synth", "--config", "broken.json", "-o", "x")
            .Failed(1, "broken.json is not a model's configuration");
        Samnative.Run(folder, "synth", "--config", "odd.json", "-o", "x").Failed(1, "is no multiple of num_heads 3");
        Samnative.Run(folder, "synth", "--config", "gone.json", "-o", "x").Failed(1, "Could not find file");
        Synth("-o", "there.safetensors").Failed(1, "there.safetensors exists");
        Synth("-o", "x", "--seed", "-1").Failed(2, "--seed -1: give a whole number");
        Synth("-o", "x", "--dtype", "f64").Failed(2, "'f64' not recognized");
        Samnative.Run(folder, "synth", "-o", "x").Failed(2, "'--config' is required");
        Synth().Failed(2, "'--output' is required");
        Assert.Equal("precious", File.ReadAllText(folder.File("there.safetensors")));
        Assert.Equal(before, folder.Names);
    }

    private static SamConfig Tiny() => SamConfig.Parse(ReferenceData.Config("tiny"), "tiny");

    private Ran Synth(params string[] more) => Samnative.Run(folder, ["synth", "--config", "tiny.json", .. more]);
}
