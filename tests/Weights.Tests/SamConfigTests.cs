using System.Text.Json.Nodes;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class SamConfigTests
{
    private const string VitB =
        """
        {"img_size":1024, "patch_size":16, "embed_dim":768, "depth":12, "num_heads":12, "mlp_ratio":4.0,
         "window_size":14, "global_attn_indexes":[2,5,8,11], "prompt_embed_dim":256, "mask_in_chans":16,
         "decoder_mlp_dim":2048, "decoder_heads":8, "iou_head_hidden_dim":256, "seed":0}
        """;

    [Fact]
    public void The_published_models_have_their_numbers()
    {
        Assert.Equal(SamConfig.Parse(VitB, "test") with { Seed = null }, SamConfig.VitB);
        Assert.Equal(
            SamConfig.VitB with { EmbedDim = 1024, Depth = 24, NumHeads = 16, GlobalAttnIndexes = [5, 11, 17, 23] },
            SamConfig.VitL);
        Assert.Equal(
            SamConfig.VitB with { EmbedDim = 1280, Depth = 32, NumHeads = 16, GlobalAttnIndexes = [7, 15, 23, 31] },
            SamConfig.VitH);
        Assert.Equal((64, 64, 3072), (SamConfig.VitB.Grid, SamConfig.VitB.HeadDim, SamConfig.VitB.MlpDim));
        Assert.Equal((64, 64, 4096), (SamConfig.VitL.Grid, SamConfig.VitL.HeadDim, SamConfig.VitL.MlpDim));
        Assert.Equal((64, 80, 5120), (SamConfig.VitH.Grid, SamConfig.VitH.HeadDim, SamConfig.VitH.MlpDim));
        Assert.Equal([2, 5, 8, 11], Enumerable.Range(0, 12).Where(SamConfig.VitB.IsGlobal));
    }

    [Fact]
    public void A_hidden_width_that_came_from_a_division_is_exact()
    {
        for (int embed = 1; embed < 300; embed++)
        {
            for (int hidden = embed; hidden < 1500; hidden += 7)
            {
                SamConfig config = SamConfig.VitB with { EmbedDim = embed, MlpRatio = (double)hidden / embed };
                Assert.Equal(hidden, config.MlpDim);
            }
        }

        Assert.Equal(42, (SamConfig.VitB with { EmbedDim = 10, MlpRatio = 4.29 }).MlpDim);
    }

    [Fact]
    public void Json_comes_back_with_the_keys_of_the_format_in_their_order()
    {
        JsonNode expected = JsonNode.Parse(VitB)!;
        SamConfig config = SamConfig.Parse(VitB, "test");

        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(config.ToJson())), config.ToJson());
        Assert.Equal(
            expected.AsObject().Select(pair => pair.Key),
            JsonNode.Parse(config.ToJson())!.AsObject().Select(pair => pair.Key));
        Assert.Equal(config, SamConfig.Parse(config.ToJson(), "test"));
        Assert.DoesNotContain("seed", SamConfig.VitB.ToJson());
        Assert.DoesNotContain('\n', config.ToJson());
    }

    [Fact]
    public void A_seed_uses_all_64_bits()
    {
        SamConfig config = SamConfig.VitB with { Seed = ulong.MaxValue };

        Assert.Equal(ulong.MaxValue, SamConfig.Parse(config.ToJson(), "test").Seed);
    }

    [Fact]
    public void Equality_looks_into_the_list_of_global_blocks()
    {
        SamConfig same = SamConfig.VitB with { GlobalAttnIndexes = [2, 5, 8, 11] };
        SamConfig other = SamConfig.VitB with { GlobalAttnIndexes = [2, 5, 8, 10] };

        Assert.Equal(SamConfig.VitB, same);
        Assert.Equal(SamConfig.VitB.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(SamConfig.VitB, other);
        Assert.False(SamConfig.VitB.Equals(null));
    }

    [Theory]
    [InlineData("img_size")]
    [InlineData("patch_size")]
    [InlineData("embed_dim")]
    [InlineData("depth")]
    [InlineData("num_heads")]
    [InlineData("mlp_ratio")]
    [InlineData("window_size")]
    [InlineData("global_attn_indexes")]
    [InlineData("prompt_embed_dim")]
    [InlineData("mask_in_chans")]
    [InlineData("decoder_mlp_dim")]
    [InlineData("decoder_heads")]
    [InlineData("iou_head_hidden_dim")]
    public void A_missing_key_or_one_of_the_wrong_type_is_named(string key)
    {
        JsonObject missing = JsonNode.Parse(VitB)!.AsObject();
        missing.Remove(key);
        AssertInvalid(missing.ToJsonString(), key);

        foreach (string value in new[] { "\"16\"", "null", "true", "{}", "[\"1\"]", "1e400" })
        {
            JsonObject wrong = JsonNode.Parse(VitB)!.AsObject();
            wrong[key] = JsonNode.Parse(value);
            AssertInvalid(wrong.ToJsonString(), key);
        }
    }

    [Fact]
    public void A_missing_seed_is_no_error()
    {
        JsonObject json = JsonNode.Parse(VitB)!.AsObject();
        json.Remove("seed");

        Assert.Null(SamConfig.Parse(json.ToJsonString(), "test").Seed);
    }

    [Theory]
    [InlineData("", "valid JSON")]
    [InlineData("null", "null")]
    [InlineData("[]", "")]
    [InlineData("7", "")]
    [InlineData("{\"img_size\":1024", "")]
    public void What_is_no_object_is_refused(string json, string named) => AssertInvalid(json, named);

    [Fact]
    public void Unknown_and_repeated_keys_and_fractions_are_refused()
    {
        AssertInvalid(VitB.Replace("{", "{\"image_size\":1024,"), "image_size");
        AssertInvalid(VitB.Replace("{", "{\"depth\":12,"), "depth");
        AssertInvalid(VitB.Replace("\"depth\":12", "\"depth\":12.5"), "depth");
        AssertInvalid(VitB.Replace("\"seed\":0", "\"seed\":-1"), "seed");
        AssertInvalid(VitB + "{}", "");
    }

    [Theory]
    [InlineData("img_size", "1000", "img_size 1000 is no multiple of patch_size 16")]
    [InlineData("img_size", "0", "img_size is 0, not between 1 and 65536")]
    [InlineData("img_size", "-1024", "img_size is -1024, not between 1 and 65536")]
    [InlineData("img_size", "1000000", "img_size is 1000000, not between 1 and 65536")]
    [InlineData("patch_size", "0", "patch_size is 0, not between 1 and 65536")]
    [InlineData("embed_dim", "770", "embed_dim 770 is no multiple of num_heads 12")]
    [InlineData("num_heads", "0", "num_heads is 0, not between 1 and 65536")]
    [InlineData("depth", "0", "depth is 0, not between 1 and 1000")]
    [InlineData("depth", "1001", "depth is 1001, not between 1 and 1000")]
    [InlineData("mlp_ratio", "0", "mlp_ratio 0 is not possible")]
    [InlineData("mlp_ratio", "-4", "mlp_ratio -4 is not possible")]
    [InlineData("mlp_ratio", "1e300", "mlp_ratio 1E+300 is not possible")]
    [InlineData("window_size", "0", "window_size is 0, not between 1 and 65536")]
    [InlineData("global_attn_indexes", "[2,5,8,12]", "ascending block numbers below 12")]
    [InlineData("global_attn_indexes", "[5,2]", "ascending block numbers below 12")]
    [InlineData("global_attn_indexes", "[2,2]", "ascending block numbers below 12")]
    [InlineData("global_attn_indexes", "[-1]", "ascending block numbers below 12")]
    [InlineData("prompt_embed_dim", "252", "prompt_embed_dim 252 is no multiple of 8")]
    [InlineData("mask_in_chans", "6", "mask_in_chans 6 is no multiple of 4")]
    [InlineData("decoder_mlp_dim", "0", "decoder_mlp_dim is 0, not between 1 and 65536")]
    [InlineData("decoder_heads", "7", "half of prompt_embed_dim 256 is no multiple of decoder_heads 7")]
    [InlineData("iou_head_hidden_dim", "0", "iou_head_hidden_dim is 0, not between 1 and 65536")]
    public void An_impossible_value_is_named(string key, string value, string problem)
    {
        JsonObject json = JsonNode.Parse(VitB)!.AsObject();
        json[key] = JsonNode.Parse(value);

        CheckpointException error = AssertInvalid(json.ToJsonString(), problem);

        Assert.StartsWith("config.json describes an impossible model: ", error.Message);
    }

    [Theory]
    [InlineData("patch_size", "1")]
    [InlineData("window_size", "1")]
    [InlineData("window_size", "65536")]
    [InlineData("depth", "1000")]
    [InlineData("mlp_ratio", "0.0013020833333333333")]
    [InlineData("mlp_ratio", "85.33333333333333")]
    public void The_least_and_the_greatest_values_are_possible(string key, string value)
    {
        JsonObject json = JsonNode.Parse(VitB)!.AsObject();
        json[key] = JsonNode.Parse(value);

        Assert.True(SamConfig.Parse(json.ToJsonString(), "config.json").IsPossible);
    }

    private static CheckpointException AssertInvalid(string json, string named)
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() => SamConfig.Parse(json, "config.json"));
        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.StartsWith("config.json ", error.Message);
        Assert.Contains(named, error.Message);
        return error;
    }
}
