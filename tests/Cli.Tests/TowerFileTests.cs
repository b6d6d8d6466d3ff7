using System.Text.Json;
using System.Text.Json.Nodes;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verbs that look at files of weights, given the files of document models: whole, and in shards.</summary>
public sealed class TowerFileTests : IDisposable
{
    private const string IndexName = "model.safetensors.index.json";

    /// <summary>The encoder of the tiny model, and 3 x 3 convolutions from 64 to 128 and to 256 channels.</summary>
    private static readonly long Values =
        new SamLayout(SamConfig.Parse(ReferenceData.Config("tiny"), "tiny")).Encoder.Sum(tensor => tensor.ElementCount)
        + (9 * ((64 * 128) + (128 * 256)));

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("original", "its own authors, the encoder below model.vision_tower_high.")]
    [InlineData("huggingface", "Hugging Face, the encoder below vision_tower.")]
    [InlineData("ours", "the original SAM, the encoder below image_encoder.")]
    public void A_tower_of_any_spelling_is_shown_verified_and_converted(string names, string naming)
    {
        Synth("got_ocr", names);

        string text = Samnative.Run(folder, "inspect", "tower.safetensors").Succeeded().Text;
        JsonElement inspected = Samnative.Run(folder, "inspect", "tower.safetensors", "--json").Json;
        JsonElement verified = Samnative.Run(folder, "verify", "tower.safetensors", "--json").Json;
        Samnative.Run(folder, "convert", "tower.safetensors", "converted.safetensors").Succeeded();

        Assert.Contains("model visual tower of GOT-OCR 2.0: 256 x 256 pixels", Joined(text), StringComparison.Ordinal);
        Assert.Contains("; 16 x 16 patches to 128 and 256 channels names", Joined(text), StringComparison.Ordinal);
        Assert.Contains($"names {naming} values {Values:N0}", Joined(text), StringComparison.Ordinal);
        foreach (JsonElement json in new[] { inspected, verified })
        {
            JsonElement tower = json.GetProperty("tower");
            Assert.Equal("got_ocr", json.GetProperty("model").Text("kind"));
            Assert.Equal("GOT-OCR 2.0", tower.Text("title"));
            Assert.Equal(naming, tower.Text("naming"));
            Assert.Equal(16, tower.GetProperty("grid").GetInt32());
            Assert.Equal([128, 256], tower.Numbers("widths"));
            Assert.Equal(Values, tower.GetProperty("parameters").GetInt64());
            Assert.Equal(0, tower.GetProperty("other_tensors").GetInt32());
        }

        Assert.True(verified.GetProperty("ok").GetBoolean());
        using SafetensorsFile converted = SafetensorsFile.Open(folder.File("converted.safetensors"));
        Assert.Equal(TowerKind.GotOcr, TowerCheckpoint.Open(converted).Config.Kind);
        Assert.True(converted.TryGet("net_3.weight", out _));
    }

    [Fact]
    public void Names_that_no_file_of_the_model_has_are_refused()
    {
        Write("slanext", "[128]");

        Ran ran = Samnative.Run(folder, "synth", "--config", "tower.json", "--names", "original", "-o", "x.safetensors");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("--names original: no files of this model", ran.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("x.safetensors")));
    }

    [Fact]
    public void Of_a_model_in_shards_the_tower_is_shown_and_the_rest_is_counted()
    {
        WriteShards();

        foreach (string given in new[] { ".", IndexName })
        {
            string text = Samnative.Run(folder, "inspect", given).Succeeded().Text;
            JsonElement json = Samnative.Run(folder, "inspect", given, "--json").Json;

            Assert.Contains("format safetensors, 1 of 2 shards opened", Joined(text), StringComparison.Ordinal);
            Assert.Contains(
                "others 3 tensors that are not the tower's, 3 of them in shards that were not opened", Joined(text),
                StringComparison.Ordinal);
            Assert.DoesNotContain("lm_head", text, StringComparison.Ordinal);
            Assert.Equal(3, json.GetProperty("tower").GetProperty("other_tensors").GetInt32());
            Assert.Equal(3, json.GetProperty("tower").GetProperty("unopened_tensors").GetInt32());
        }
    }

    [Fact]
    public void A_model_in_shards_is_verified_and_converted_without_its_other_shards()
    {
        WriteShards();
        using TensorSource source = CheckpointFile.Open(folder.File(IndexName));

        JsonElement verified = Samnative.Run(folder, "verify", ".", "--json").Json;
        Samnative.Run(folder, "convert", ".", "tower-alone.safetensors").Succeeded();

        Assert.True(verified.GetProperty("ok").GetBoolean());
        Assert.Equal(source.ComputeSha256(), verified.Text("sha256"));
        using SafetensorsFile converted = SafetensorsFile.Open(folder.File("tower-alone.safetensors"));
        Assert.Equal(source.ComputeSha256(), converted.Metadata["source_sha256"]);
        Assert.Equal(IndexName, converted.Metadata["source_name"]);
        Assert.Equal(TowerKind.GotOcr, TowerCheckpoint.Open(converted).Config.Kind);
    }

    [Fact]
    public void A_file_with_a_language_model_lists_the_tower_alone()
    {
        Synth("got_ocr", "original");
        using (SafetensorsFile tower = SafetensorsFile.Open(folder.File("tower.safetensors")))
        {
            SafetensorsWriter writer = new();
            foreach (TensorInfo tensor in tower.Tensors)
            {
                writer.Add(tensor.Name, tower, tensor);
            }

            writer.Add("lm_head.weight", [2], new float[2]);
            writer.Add("model.norm.weight", [2], new float[2]);
            writer.Save(folder.File("whole.safetensors"));
        }

        string text = Samnative.Run(folder, "inspect", "whole.safetensors").Succeeded().Text;

        Assert.Contains("others 2 tensors that are not the tower's", Joined(text), StringComparison.Ordinal);
        Assert.DoesNotContain("lm_head", text, StringComparison.Ordinal);
        Assert.Contains("model.vision_tower_high.net_2.weight", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_told()
    {
        WriteShards();
        File.Delete(folder.File("b.safetensors"));

        Ran ran = Samnative.Run(folder, "inspect", ".");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("1 of the 1 shards that are needed are not beside the index: \"b.safetensors\"", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_of_the_model_is_not_overwritten_by_what_is_computed_with_it()
    {
        WriteShards();
        byte[] before = File.ReadAllBytes(folder.File("b.safetensors"));
        foreach (string model in new[] { ".", IndexName })
        {
            foreach (string shard in new[] { IndexName, "b.safetensors" })
            {
                Ran ran = Samnative.Run(folder, "encode", "none.png", "-m", model, "-o", shard, "--force");

                Assert.Equal(1, ran.ExitCode);
                Assert.Contains($"{shard} would replace ", ran.Error, StringComparison.Ordinal);
            }
        }

        Assert.Equal(before, File.ReadAllBytes(folder.File("b.safetensors")));
    }

    private static string Joined(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private void Write(string kind, string widths)
    {
        JsonNode json = JsonNode.Parse(ReferenceData.Config("tiny"))!;
        foreach (string decoder in new[]
        {
            "prompt_embed_dim", "mask_in_chans", "decoder_mlp_dim", "decoder_heads", "iou_head_hidden_dim",
        })
        {
            json.AsObject().Remove(decoder);
        }

        json["out_chans"] = 64;
        json["widths"] = JsonNode.Parse(widths);
        json["second_path"] = false;
        json["kind"] = kind;
        folder.Write("tower.json", json.ToJsonString());
    }

    private void Synth(string kind, string names)
    {
        Write(kind, "[128,256]");
        Samnative.Run(folder, "synth", "--config", "tower.json", "--names", names, "-o", "tower.safetensors").Succeeded();
    }

    /// <summary>The tower in b, the rest in a, which is not there.</summary>
    private void WriteShards()
    {
        Synth("got_ocr", "original");
        File.Move(folder.File("tower.safetensors"), folder.File("b.safetensors"));
        JsonObject map = new() { ["lm_head.weight"] = "a.safetensors", ["x"] = "a.safetensors", ["y"] = "a.safetensors" };
        using SafetensorsFile tower = SafetensorsFile.Open(folder.File("b.safetensors"));
        foreach (TensorInfo tensor in tower.Tensors)
        {
            map[tensor.Name] = "b.safetensors";
        }

        folder.Write(IndexName, new JsonObject { ["weight_map"] = map }.ToJsonString());
    }
}
