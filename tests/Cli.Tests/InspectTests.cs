using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb inspect.</summary>
public sealed class InspectTests : IDisposable
{
    private const int ScreenWidth = 120;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_demo_model_is_shown_tensor_by_tensor()
    {
        Ran ran = Samnative.Run(folder, "inspect", "demo").Succeeded();

        Assert.Empty(ran.Error);
        string[] lines = ran.Text.Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= ScreenWidth, line));
        using SafetensorsFile file = SafetensorsFile.Open(TestFiles.DemoModel);
        Assert.Equal(
            file.Tensors.Select(tensor => (tensor.Name, $"{tensor.ByteLength}", $"{tensor.Offset}")),
            lines.Skip(1).TakeWhile(line => line.Length > 0)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(cells => (cells[0], cells[3], cells[4])));
        Assert.Contains("tensors   230, 3,812,864 values", ran.Text, StringComparison.Ordinal);
        Assert.Contains("model     SAM, encoder, prompts and masks: 256 x", ran.Text, StringComparison.Ordinal);
        Assert.Contains("metadata  license: Apache-2.0", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_holds_the_header()
    {
        JsonElement json = Samnative.Run(folder, "inspect", TestFiles.DemoModel, "--json").Json;

        using SafetensorsFile file = SafetensorsFile.Open(TestFiles.DemoModel);
        JsonElement[] tensors = json.Items("tensors");
        Assert.Equal(file.Tensors.Length, tensors.Length);
        for (int i = 0; i < tensors.Length; i++)
        {
            TensorInfo tensor = file.Tensors[i];
            Assert.Equal(["name", "dtype", "shape", "bytes", "offset"], tensors[i].Keys());
            Assert.Equal(tensor.Name, tensors[i].Text("name"));
            Assert.Equal("F16", tensors[i].Text("dtype"));
            Assert.Equal(tensor.Shape, tensors[i].Numbers("shape"));
            Assert.Equal(tensor.ByteLength, tensors[i].GetProperty("bytes").GetInt64());
            Assert.Equal(tensor.Offset, tensors[i].GetProperty("offset").GetInt64());
        }

        Assert.Equal(192, json.GetProperty("model").GetProperty("embed_dim").GetInt32());
        Assert.True(json.GetProperty("has_decoder").GetBoolean());
        Assert.Equal("pt", json.GetProperty("metadata").GetProperty("format").GetString());
        Assert.False(json.TryGetProperty("plan", out _));
    }

    [Fact]
    public void The_plan_of_vit_b_is_the_known_one()
    {
        Ran ran = Samnative.Run(folder, "inspect", "vit_b", "--plan").Succeeded();
        JsonElement plan = Samnative.Run(folder, "inspect", "vit_b", "--plan", "--json").Json.GetProperty("plan");

        Assert.Contains("vit_b is not downloaded", ran.Error, StringComparison.Ordinal);
        Assert.All(ran.Text.Split('\n'), line => Assert.True(line.Length <= ScreenWidth, line));
        Assert.Contains("parameters  89,670,912", ran.Text, StringComparison.Ordinal);
        Assert.Contains("blocks.11.attn.qkv ", ran.Text, StringComparison.Ordinal);
        Assert.Equal(89_670_912, plan.GetProperty("parameters").GetInt64());
        Assert.InRange(plan.GetProperty("flops").GetInt64(), 900_000_000_000, 940_000_000_000);
        EncoderPlan expected = EncoderPlan.Create(SamConfig.VitB);
        Assert.Equal(expected.Flops, plan.Items("steps").Sum(step => step.GetProperty("flops").GetInt64()));
        Assert.Equal(expected.Steps.Select(step => step.Name), plan.Items("steps").Select(step => step.Text("name")));
        Assert.Equal(
            expected.Maps.Select(map => map.Offset * sizeof(float)),
            plan.Items("maps").Select(map => map.GetProperty("offset").GetInt64()));
        Assert.Equal(expected.ArenaBytes, plan.GetProperty("arena_bytes").GetInt64());
    }

    [Fact]
    public void A_configuration_alone_has_a_plan()
    {
        folder.Write("tiny.json", ReferenceData.Config("tiny"));
        TestFiles.SynthTiny(folder);

        string fromConfig = Samnative.Run(folder, "inspect", "tiny.json", "--plan").Succeeded().Text;
        string fromFile = Samnative.Run(folder, "inspect", "tiny.safetensors", "--plan").Succeeded().Text;

        Assert.Equal(fromFile.Replace("tiny.safetensors", "tiny.json", StringComparison.Ordinal), fromConfig);
        Assert.Contains("blocks.3.mlp", fromConfig, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_model_is_shown_with_the_reason()
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("evil", "a\nmodel     SAM\u001b[31m");
        writer.Add("some.thing", [2], new float[2]);
        writer.Save(folder.File("other.safetensors"));

        Ran ran = Samnative.Run(folder, "inspect", "other.safetensors").Succeeded();
        JsonElement json = Samnative.Run(folder, "inspect", "other.safetensors", "--json").Json;

        Assert.Contains("some.thing", ran.Text, StringComparison.Ordinal);
        Assert.Contains("model     none: it could not", ran.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', ran.Text);
        Assert.Contains("evil: a\\u000amodel", ran.Text, StringComparison.Ordinal);
        Assert.False(json.TryGetProperty("model", out _));
        Assert.Contains("other.safetensors", json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Ran plan = Samnative.Run(folder, "inspect", "other.safetensors", "--plan");
        Assert.Equal(1, plan.ExitCode);
        Assert.Empty(plan.Text);
    }

    [Fact]
    public void A_file_that_is_none_is_refused()
    {
        File.WriteAllBytes(folder.File("cut.safetensors"), File.ReadAllBytes(TestFiles.DemoModel)[..5000]);
        folder.Write("broken.json", "{");

        Samnative.Run(folder, "inspect", "cut.safetensors").Failed(1, "the header claims");
        Samnative.Run(folder, "inspect", TestFiles.Playground).Failed(1, "is a picture, not weights");
        Samnative.Run(folder, "inspect", "gone").Failed(1, "neither a file nor a known model");
        Samnative.Run(folder, "inspect", "broken.json").Failed(1, "broken.json is not a model's configuration");
        Samnative.Run(folder, "inspect").Failed(2, "'FILE' missing");
    }
}
