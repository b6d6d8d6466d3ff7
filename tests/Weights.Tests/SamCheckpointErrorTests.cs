using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Every way a sound file can fail to be a model, and what the user is told.</summary>
public sealed class SamCheckpointErrorTests
{
    private static readonly SamConfig tiny = Configs.Tiny with { Seed = null, DecoderHeads = 8 };

    [Fact]
    public void All_that_does_not_fit_is_told_at_once_with_expected_and_found()
    {
        List<TensorInfo> tensors = Infos(ListedSource.Model(tiny));
        tensors.RemoveAll(tensor => tensor.Name == "mask_decoder.iou_token.weight");
        Replace(tensors, "image_encoder.neck.1.weight", TensorDtype.F32, 7);
        Replace(tensors, "image_encoder.neck.3.bias", TensorDtype.I32, 64);
        tensors.Add(new TensorInfo("optimizer.step\n", TensorDtype.F64, [], 0));
        using ListedSource source = new(tensors);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.KeyMismatch, error.Code);
        Assert.Equal(
            "listed.safetensors comes nearest to the SAM of width 128 and depth 4, "
            + "but 4 keys do not fit. Use a checkpoint of one model, saved whole.\n"
            + """
              image_encoder.neck.1.weight, expected [64], found [7]
              image_encoder.neck.3.bias, expected F32, F16, BF16 or F64, found I32
              missing mask_decoder.iou_token.weight, expected [1, 64]
              unexpected optimizer.step\u000a, found F64 []
            """,
            error.Message);
        Assert.Equal(
            [KeyProblemKind.WrongShape, KeyProblemKind.WrongType, KeyProblemKind.Missing, KeyProblemKind.Unexpected],
            error.Problems.Select(problem => problem.Kind));
    }

    [Fact]
    public void A_published_model_is_called_by_its_name_and_keys_by_the_names_of_the_file()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(SamConfig.VitB, "module.");
        tensors.RemoveAll(tensor => tensor.Name == "module.image_encoder.pos_embed");
        using ListedSource source = new(tensors);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Contains("nearest to ViT-B, but 1 key does not fit", error.Message);
        Assert.Contains("missing module.image_encoder.pos_embed, expected [1, 64, 64, 768]", error.Message);
    }

    /// <summary>Whichever tensor is missing or mis-shaped, it alone is reported, not what depends on it.</summary>
    [Fact]
    public void Any_one_wrong_tensor_is_reported_alone()
    {
        List<(string Name, long[] Shape)> good = ListedSource.Model(tiny);
        for (int i = 0; i < good.Count; i++)
        {
            string name = good[i].Name;
            List<(string Name, long[] Shape)> missing = [.. good];
            missing.RemoveAt(i);
            KeyProblem problem = Assert.Single(ProblemsOf(missing));
            Assert.Equal((KeyProblemKind.Missing, name), (problem.Kind, problem.Name));

            List<(string Name, long[] Shape)> misshaped = [.. good];
            misshaped[i] = (name, [.. good[i].Shape, 3]);
            problem = Assert.Single(ProblemsOf(misshaped));
            Assert.Equal((KeyProblemKind.WrongShape, name), (problem.Kind, problem.Name));
            Assert.Equal($"[{string.Join(", ", good[i].Shape)}]", problem.Expected);
            Assert.Equal($"[{string.Join(", ", misshaped[i].Shape)}]", problem.Found);
        }
    }

    [Fact]
    public void A_missing_block_is_reported_tensor_by_tensor()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors.RemoveAll(tensor => tensor.Name.Contains("blocks.2."));

        IEnumerable<KeyProblem> problems = ProblemsOf(tensors);

        Assert.Equal(14, problems.Count());
        Assert.All(problems, problem => Assert.Contains("missing image_encoder.blocks.2.", problem.ToString()));
    }

    [Fact]
    public void A_decoder_that_is_only_partly_there_is_no_encoder_alone()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Encoder(tiny, "image_encoder.");
        tensors.Add(("mask_decoder.iou_token.weight", [1, 64]));

        Assert.Equal(136, ProblemsOf(tensors).Count());
    }

    [Fact]
    public void Tables_of_another_size_are_refused_and_not_interpolated()
    {
        // The grid of a 512 px input, the global tables of the 1024 px it was trained at.
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(SamConfig.VitB);
        int index = tensors.FindIndex(tensor => tensor.Name == "image_encoder.pos_embed");
        tensors[index] = ("image_encoder.pos_embed", [1, 32, 32, 768]);
        using ListedSource source = new(tensors);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(8, error.Problems.Length);
        Assert.Contains("blocks.5.attn.rel_pos_w, expected [63, 64], found [127, 64]", error.Message);
        Assert.Contains("not interpolated to another size", error.Message);
    }

    [Fact]
    public void A_hostile_block_number_builds_nothing()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors.Add(("image_encoder.blocks.1000.norm1.weight", [128]));
        tensors.Add(("image_encoder.blocks.2000000000.norm1.weight", [128]));
        tensors.Add(("image_encoder.blocks.99999999999999999999.norm1.weight", [128]));
        tensors.Add(("image_encoder.blocks.-1.norm1.weight", [128]));
        tensors.Add(("image_encoder.blocks.", [128]));

        Assert.All(ProblemsOf(tensors), problem => Assert.Equal(KeyProblemKind.Unexpected, problem.Kind));
    }

    [Fact]
    public void Hostile_sides_are_an_impossible_model()
    {
        List<(string Name, long[] Shape)> tensors =
        [
            ("patch_embed.proj.weight", [1L << 40, 3, 1L << 15, 1]),
            ("blocks.0.attn.qkv.weight", [0, 1L << 40]),
            ("blocks.0.attn.rel_pos_h", [1L << 30, 1L << 20]),
            ("blocks.0.mlp.lin1.weight", [1L << 40, 1]),
            ("neck.0.weight", [1L << 40, 1]),
        ];

        CheckpointException error = ListedSource.Refuse(tensors);

        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.StartsWith(
            "listed.safetensors: what the shapes show describes an impossible model: img_size is 2147483647",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_width_that_the_heads_do_not_divide_is_an_impossible_model()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name.Contains("rel_pos"))
            {
                tensors[i] = (tensors[i].Name, [tensors[i].Shape[0], 50]);
            }
        }

        // 128 / 50 is 2 heads of 64: the tables then have the wrong width.
        Assert.Equal(8, ProblemsOf(tensors).Count());
    }

    [Fact]
    public void Heads_that_cannot_be_assumed_are_asked_for()
    {
        SamConfig config = tiny with { PromptEmbedDim = 40, DecoderHeads = 2 };

        CheckpointException error = ListedSource.Refuse(ListedSource.Model(config));

        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.EndsWith(
            "half of prompt_embed_dim 40 is no multiple of decoder_heads 8, "
            + "which is 8 unless sam.config says otherwise.",
            error.Message,
            StringComparison.Ordinal);
        using ListedSource stated = new(ListedSource.Model(config), ("sam.config", config.ToJson()));
        Assert.Equal(config, SamCheckpoint.Open(stated).Config);
    }

    [Theory]
    [InlineData("{\"img_size\":1}", "missing required properties")]
    [InlineData("", "valid JSON")]
    [InlineData("{\"a\":1}", "'a'")]
    public void A_configuration_that_cannot_be_read_is_an_error_even_where_the_shapes_would_do(string json, string why)
    {
        using ListedSource source = new(ListedSource.Model(tiny), ("sam.config", json));

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.InvalidConfig, error.Code);
        Assert.StartsWith(
            "sam.config in the metadata of listed.safetensors is not a model's configuration.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void A_configuration_that_contradicts_the_shapes_is_an_error_that_names_the_numbers()
    {
        SamConfig stated = tiny with { WindowSize = 8, GlobalAttnIndexes = [3], MlpRatio = 2 };
        using ListedSource source = new(ListedSource.Model(tiny), ("sam.config", stated.ToJson()));

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.ConfigContradiction, error.Code);
        Assert.Equal(
            "listed.safetensors: sam.config in the metadata says mlp_ratio 2 where the shapes show 4, "
            + "window_size 8 where the shapes show 7, global_attn_indexes [3] where the shapes show [1,3]. "
            + "Correct sam.config, or leave it out.",
            error.Message);
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
    [InlineData("iou_head_hidden_dim")]
    public void Every_number_but_the_decoder_heads_is_checked_against_the_shapes(string key)
    {
        SamConfig stated = key switch
        {
            "img_size" => tiny with { ImgSize = 512 },
            "patch_size" => tiny with { PatchSize = 8, ImgSize = 128 },
            "embed_dim" => tiny with { EmbedDim = 256 },
            "depth" => tiny with { Depth = 5 },
            "num_heads" => tiny with { NumHeads = 4 },
            "mlp_ratio" => tiny with { MlpRatio = 3 },
            "window_size" => tiny with { WindowSize = 6 },
            "global_attn_indexes" => tiny with { GlobalAttnIndexes = [0, 3] },
            "prompt_embed_dim" => tiny with { PromptEmbedDim = 128 },
            "mask_in_chans" => tiny with { MaskInChans = 8 },
            "decoder_mlp_dim" => tiny with { DecoderMlpDim = 64 },
            _ => tiny with { IouHeadHiddenDim = 32 },
        };
        using ListedSource source = new(ListedSource.Model(tiny), ("sam.config", stated.ToJson()));

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.ConfigContradiction, error.Code);
        Assert.Contains($"{key} ", error.Message);
    }

    [Fact]
    public void A_configuration_stands_though_the_shapes_show_an_impossible_model()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Encoder(tiny, "image_encoder.");
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name.Contains("neck"))
            {
                tensors[i] = (tensors[i].Name, [20, .. tensors[i].Shape.Skip(1)]);
            }
        }

        using ListedSource source = new(tensors, ("sam.config", tiny.ToJson()));
        CheckpointException stated = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.InvalidConfig, ListedSource.Refuse(tensors).Code);
        Assert.Equal(CheckpointError.KeyMismatch, stated.Code);
        Assert.Equal(6, stated.Problems.Length);
    }

    [Fact]
    public void A_damaged_file_with_a_configuration_is_measured_by_it()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors.RemoveAll(tensor => tensor.Name.EndsWith(".bias"));
        using ListedSource source = new(tensors, ("sam.config", tiny.ToJson()));

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.Equal(CheckpointError.KeyMismatch, error.Code);
        Assert.Equal(
            new SamLayout(tiny).Tensors.Count(tensor => tensor.Name.EndsWith(".bias")),
            error.Problems.Length);
    }

    [Fact]
    public void A_message_has_an_end()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors.AddRange(Enumerable.Range(0, 5000).Select(i => ($"stray.{i}{new string('x', 300)}", new long[] { 1 })));

        CheckpointException error = ListedSource.Refuse(tensors);

        Assert.Equal(5000, error.Problems.Length);
        Assert.EndsWith("\n  and 4000 more", error.Message);
        Assert.True(error.Message.Length < 300_000);
        Assert.EndsWith("found F32 [1]", ListedSource.Refuse(tensors.SkipLast(4000)).Message);
    }

    [Theory]
    [InlineData("a.", 2)]
    [InlineData("teacher.", 3)]
    public void Of_two_encoders_the_one_with_more_familiar_keys_counts_and_then_the_first_in_order(
        string prefix, int familiar)
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        string[] second = ["patch_embed.proj.weight", "blocks.0.attn.qkv.weight", "neck.0.weight"];
        tensors.AddRange(second.Take(familiar).Select(name => (prefix + name, new long[] { 1 })));

        IEnumerable<KeyProblem> problems = ProblemsOf(tensors);

        Assert.Equal(familiar, problems.Count());
        Assert.All(problems, problem => Assert.StartsWith($"unexpected {prefix}", problem.ToString()));
    }

    [Theory]
    [InlineData("image_encoder.pos_embed", true)]
    [InlineData("image_encoder.blocks.0.attn.rel_pos_h", true)]
    [InlineData("image_encoder.neck.1.bias", false)]
    public void Position_tables_are_spoken_of_where_one_of_the_wrong_keys_is_one(string name, bool isTable)
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors[tensors.FindIndex(tensor => tensor.Name == name)] = (name, [3]);
        tensors.Add(("other", [1]));

        Assert.Equal(isTable, ListedSource.Refuse(tensors).Message.Contains("not interpolated to another size."));
    }

    [Theory]
    [InlineData("rel_pos")]
    [InlineData("mlp.lin")]
    [InlineData("neck.")]
    public void An_encoder_without_all_tensors_that_show_a_number_is_none(string part)
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        tensors.RemoveAll(tensor => tensor.Name.Contains(part));

        Assert.Equal(CheckpointError.UnknownLayout, ListedSource.Refuse(tensors).Code);
    }

    [Fact]
    public void A_tensor_with_a_dimension_too_few_is_reported()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        int index = tensors.FindIndex(tensor => tensor.Name == "image_encoder.pos_embed");
        tensors[index] = (tensors[index].Name, tensors[index].Shape[..^1]);

        Assert.Equal("image_encoder.pos_embed", Assert.Single(ProblemsOf(tensors)).Name);
    }

    [Fact]
    public void Of_two_equally_frequent_windows_the_smaller_one_counts()
    {
        // Blocks 0 and 2 have windows of 7.
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(tiny);
        for (int i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name.StartsWith("image_encoder.blocks.0.attn.rel_pos"))
            {
                tensors[i] = (tensors[i].Name, [(2 * 5) - 1, tensors[i].Shape[1]]);
            }
        }

        Assert.All(
            ProblemsOf(tensors), problem => Assert.StartsWith("image_encoder.blocks.2.attn.rel_pos", problem.Name));
    }

    private static IEnumerable<KeyProblem> ProblemsOf(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        CheckpointException error = ListedSource.Refuse(tensors);
        Assert.Equal(CheckpointError.KeyMismatch, error.Code);
        return error.Problems;
    }

    private static List<TensorInfo> Infos(IEnumerable<(string Name, long[] Shape)> tensors) =>
        [.. tensors.Select(tensor => new TensorInfo(tensor.Name, TensorDtype.F32, [.. tensor.Shape], 0))];

    private static void Replace(List<TensorInfo> tensors, string name, TensorDtype dtype, long side) =>
        tensors[tensors.FindIndex(tensor => tensor.Name == name)] = new TensorInfo(name, dtype, [side], 0);
}
