using System.Text.Json.Nodes;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class TowerConfigTests
{
    private const string Json =
        """
        {"img_size":1024,"patch_size":16,"embed_dim":768,"depth":12,"num_heads":12,"mlp_ratio":4,"window_size":14,"global_attn_indexes":[2,5,8,11],"out_chans":256,"widths":[512,896],"second_path":false,"kind":"deepseek_ocr2","seed":3}
        """;

    [Fact]
    public void The_json_form_goes_there_and_back()
    {
        TowerConfig config = TowerConfig.Parse(Json, "test");

        Assert.Equal(
            TowerConfig.VitB with { Widths = [512, 896], Kind = TowerKind.DeepSeekOcr2, Seed = 3 }, config);
        Assert.Equal(Json.Trim(), config.ToJson());
        Assert.Equal(config, ModelFamilies.ParseConfig(Json, "test"));
        Assert.Equal(256, config.NeckChannels);
    }

    [Theory]
    [InlineData(TowerKind.Other, "other")]
    [InlineData(TowerKind.Vary, "vary")]
    [InlineData(TowerKind.VaryTiny, "vary_tiny")]
    [InlineData(TowerKind.GotOcr, "got_ocr")]
    [InlineData(TowerKind.DeepSeekOcr, "deepseek_ocr")]
    [InlineData(TowerKind.DeepSeekOcr2, "deepseek_ocr2")]
    [InlineData(TowerKind.DeepSeekVl, "deepseek_vl")]
    [InlineData(TowerKind.PPFormulaNet, "pp_formulanet")]
    [InlineData(TowerKind.SlaNext, "slanext")]
    public void Every_kind_has_its_word(TowerKind kind, string word)
    {
        JsonNode json = JsonNode.Parse((TowerConfig.VitB with { Kind = kind }).ToJson())!;

        Assert.Equal(word, json["kind"]!.GetValue<string>());
        Assert.Equal(kind, TowerConfig.Parse(json.ToJsonString(), "test").Kind);
    }

    [Fact]
    public void Lists_count_where_two_are_compared()
    {
        TowerConfig same = TowerConfig.VitB with { Widths = [512, 1024] };

        Assert.Equal(TowerConfig.VitB, same);
        Assert.Equal(TowerConfig.VitB.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(TowerConfig.VitB, TowerConfig.VitB with { Widths = [512, 1023] });
        Assert.False(TowerConfig.VitB.Equals((ModelConfig)SamConfig.VitB));
    }

    [Theory]
    [InlineData("widths", "[]", "widths has 0 numbers, not 1 or 2")]
    [InlineData("widths", "[1,2,3]", "widths has 3 numbers, not 1 or 2")]
    [InlineData("widths", "[512,0]", "widths is 0, not between 1 and 65536")]
    [InlineData("out_chans", "70000", "out_chans is 70000, not between 1 and 65536")]
    [InlineData("depth", "0", "depth is 0, not between 1 and 1000")]
    [InlineData("global_attn_indexes", "[12]", "global_attn_indexes must be ascending block numbers below 12")]
    [InlineData("kind", "\"got\"", "is not a model's configuration")]
    [InlineData("kind", "2", "is not a model's configuration")]
    [InlineData("widths", "null", "is not a model's configuration")]
    public void What_cannot_be_is_refused(string key, string value, string why)
    {
        JsonNode json = JsonNode.Parse(Json)!;
        json[key] = JsonNode.Parse(value);

        CheckpointException error =
            Assert.Throws<CheckpointException>(() => TowerConfig.Parse(json.ToJsonString(), "tower.json"));

        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.StartsWith("tower.json ", error.Message);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void A_second_path_needs_a_global_block()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() =>
            (TowerConfig.VitB with { SecondPath = true, GlobalAttnIndexes = [] }).Layout());

        Assert.EndsWith(
            "second_path begins behind the first global block, and global_attn_indexes has none.", error.Message);
    }
}
