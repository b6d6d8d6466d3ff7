using System.Text.Json;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>The registry of families: who reads a file or a configuration.</summary>
public sealed class ModelFamiliesTests
{
    [Fact]
    public void A_file_is_opened_as_the_model_it_is()
    {
        using SyntheticCheckpoint source = new(Configs.Tiny);

        ModelCheckpoint checkpoint = ModelCheckpoint.Open(source);

        Assert.IsType<SamCheckpoint>(checkpoint);
        Assert.Equal(Configs.Tiny, checkpoint.Config);
        Assert.True(checkpoint.HasDecoder);
    }

    [Fact]
    public void What_no_family_claims_is_refused_as_no_sam()
    {
        using ListedSource source = new([("a", [1])]);

        (ModelCheckpoint? checkpoint, CheckpointException? refusal) = ModelCheckpoint.TryOpen(source);

        Assert.Null(checkpoint);
        Assert.StartsWith("listed.safetensors is no SAM: none of its 1 tensors", refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_is_read_by_the_family_whose_numbers_it_has()
    {
        Assert.Equal(Configs.Tiny, ModelFamilies.ParseConfig(Configs.Tiny.ToJson(), "tiny.json"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}")]
    public void A_configuration_of_no_family_is_told_how_a_sams_looks(string json)
    {
        CheckpointException error =
            Assert.Throws<CheckpointException>(() => ModelFamilies.ParseConfig(json, "config.json"));

        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.Contains("It must look like {\"img_size\":1024,", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The order is part of every converted and synthetic file's bytes.</summary>
    [Fact]
    public void The_numbers_of_a_configuration_have_one_order()
    {
        using JsonDocument json = JsonDocument.Parse((SamConfig.VitB with { Seed = 7 }).ToJson());

        Assert.Equal(
            [
                "img_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "window_size",
                "global_attn_indexes", "prompt_embed_dim", "mask_in_chans", "decoder_mlp_dim", "decoder_heads",
                "iou_head_hidden_dim", "seed",
            ],
            json.RootElement.EnumerateObject().Select(number => number.Name));
    }
}
