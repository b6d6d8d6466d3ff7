using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Models told by the names and shapes of their tensors alone.</summary>
public sealed class SamCheckpointTests
{
    [Theory]
    [InlineData("vit_b")]
    [InlineData("vit_l")]
    [InlineData("vit_h")]
    [InlineData("tiny")]
    [InlineData("torch")]
    [InlineData("head dim 80")]
    [InlineData("head dim 14")]
    [InlineData("slim 77")]
    [InlineData("patch 8")]
    [InlineData("no global block")]
    [InlineData("all blocks global")]
    [InlineData("window wider than the grid")]
    [InlineData("one block")]
    public void A_model_is_recognised_by_its_shapes(string name)
    {
        SamConfig config = Configs.Of(name) with { Seed = null, DecoderHeads = 8 };
        using ListedSource source = new(ListedSource.Model(config));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(config, checkpoint.Config);
        Assert.True(checkpoint.HasDecoder);
        Assert.Equal(
            new SamLayout(config).Tensors.Select(tensor => tensor.Name),
            checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.Same(source, checkpoint.Source);
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("sam.")]
    [InlineData("model.")]
    [InlineData("module.sam.")]
    [InlineData("model.module.sam.")]
    [InlineData("_orig_mod.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("module._orig_mod.")]
    [InlineData("model._orig_mod.")]
    [InlineData("module._orig_mod.model.sam._orig_mod._orig_mod.")]
    [InlineData("_fsdp_wrapped_module._checkpoint_wrapped_module.")]
    public void Wrappers_are_taken_off(string wrapper)
    {
        using ListedSource source = new(ListedSource.Model(Configs.Tiny, wrapper));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.True(checkpoint.HasDecoder);
        Assert.Equal($"{wrapper}mask_decoder.iou_token.weight", checkpoint.Find("mask_decoder.iou_token.weight").Name);
    }

    [Theory]
    [InlineData("image_encoder.")]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("module.image_encoder.")]
    [InlineData("model.image_encoder.")]
    public void An_encoder_alone_is_a_checkpoint_without_decoder(string prefix)
    {
        using ListedSource source = new(ListedSource.Encoder(SamConfig.VitB, prefix));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(SamConfig.VitB, checkpoint.Config);
        Assert.False(checkpoint.HasDecoder);
        Assert.Equal(177, checkpoint.Tensors.Length);
        Assert.Equal([1, 64, 64, 768], checkpoint.Shape("image_encoder.pos_embed"));
        Assert.Contains("encoder alone", Assert.Single(checkpoint.Notes));
        Assert.Throws<ArgumentException>(() => checkpoint.Find("mask_decoder.iou_token.weight"));
    }

    [Theory]
    [InlineData("transformer.vision_tower_high.")]
    [InlineData("model.vision_tower_high.")]
    [InlineData("model.vision_tower_2.")]
    [InlineData("model.sam_model.")]
    [InlineData("sam_model.")]
    public void The_tower_of_a_language_model_is_found_among_its_other_tensors(string prefix)
    {
        List<(string, long[])> tensors = ListedSource.Encoder(SamConfig.VitB, prefix);
        tensors.Insert(0, ("lm_head.weight", [1000, 10]));
        tensors.Add(("model.layers.0.self_attn.q_proj.weight", [10, 10]));
        tensors.Add(("model.vision_model.transformer.layers.0.layer_norm1.weight", [10]));
        tensors.Add(($"{prefix}net_2.weight", [512, 256, 3, 3]));
        tensors.Add(($"{prefix}net_3.weight", [1024, 512, 3, 3]));
        using ListedSource source = new(tensors);

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(SamConfig.VitB, checkpoint.Config);
        Assert.False(checkpoint.HasDecoder);
        Assert.Equal(
            [
                $"3 tensors of other parts of the model, outside {prefix}, are not used.",
                "2 tensors of the layers behind the encoder (net_2, net_3) are not used.",
                "The file holds the image encoder alone: there are no prompts and no masks.",
            ],
            checkpoint.Notes);
    }

    [Fact]
    public void A_tower_with_the_names_of_hugging_face_is_found_as_well()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/hf_keys.safetensors"));
        using ListedSource source = new(
        [
            .. file.Tensors
                .Where(tensor => tensor.Name.StartsWith("vision_encoder."))
                .Select(tensor =>
                    (tensor.Name.Replace("vision_encoder", "model.vision_tower"), tensor.Shape.ToArray())),
            ("multi_modal_projector.conv_upsampler1.weight", [64, 32, 3, 3]),
        ]);

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(Configs.Torch.EmbedDim, checkpoint.Config.EmbedDim);
        Assert.Equal(
            "model.vision_tower.layers.1.layer_norm2.bias", checkpoint.Find("image_encoder.blocks.1.norm2.bias").Name);
        Assert.False(checkpoint.HasDecoder);
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void What_sam_hq_adds_is_ignored_with_a_note(string wrapper)
    {
        List<(string, long[])> tensors = ListedSource.Model(SamConfig.VitB, wrapper);
        string[] names =
        [
            "hf_token.weight", "hf_mlp.layers.0.weight", "compress_vit_feat.0.weight", "embedding_encoder.3.bias",
            "embedding_maskfeature.1.weight",
        ];
        tensors.AddRange(names.Select(name => ($"{wrapper}mask_decoder.{name}", new long[] { 1, 256 })));
        using ListedSource source = new(tensors);

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(
            "5 tensors of sam-hq are not used: masks are those of the plain decoder.", Assert.Single(checkpoint.Notes));
        Assert.Equal(314, checkpoint.Tensors.Length);
    }

    /// <summary>torch.compile is called on the whole model, on a tower, or on each block.</summary>
    [Theory]
    [InlineData("image_encoder.", "image_encoder._orig_mod.")]
    [InlineData("image_encoder.blocks.1.", "image_encoder.blocks.1._orig_mod.")]
    [InlineData(".attn.", "._orig_mod.attn._orig_mod.")]
    [InlineData("mask_decoder.transformer.", "mask_decoder.transformer._orig_mod.")]
    [InlineData("prompt_encoder.pe_layer.", "prompt_encoder._orig_mod.pe_layer._orig_mod.")]
    public void What_torch_compile_adds_is_taken_off_wherever_it_is(string part, string compiled)
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(SamConfig.VitB);
        using ListedSource source = new(tensors.Select(tensor => (tensor.Name.Replace(part, compiled), tensor.Shape)));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.True(checkpoint.HasDecoder);
        Assert.Empty(checkpoint.Notes);
        Assert.Equal(SamConfig.VitB.Depth, checkpoint.Config.Depth);
        string touched = tensors.First(tensor => tensor.Name.Contains(part)).Name;
        Assert.Equal(touched.Replace(part, compiled), checkpoint.Find(touched).Name);
    }

    [Fact]
    public void The_same_holds_for_the_names_of_hugging_face_and_for_an_encoder_alone()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/hf_keys.safetensors"));
        using ListedSource huggingFace = new(file.Tensors.Select(tensor =>
            ($"_orig_mod.{tensor.Name.Replace("layers.1.", "layers.1._orig_mod.")}", tensor.Shape.ToArray())));
        using ListedSource encoder = new(ListedSource.Encoder(SamConfig.VitB, "_orig_mod."));

        Assert.True(SamCheckpoint.Open(huggingFace).HasDecoder);
        Assert.Equal(SamConfig.VitB, SamCheckpoint.Open(encoder).Config);
    }

    [Fact]
    public void Counters_are_ignored_with_a_note()
    {
        List<TensorInfo> tensors =
        [
            .. new ListedSource(ListedSource.Model(Configs.Tiny)).Tensors,
            new("image_encoder.neck.1.num_batches_tracked", TensorDtype.I64, [], 0),
            new("steps", TensorDtype.I32, [1], 0),
            new("frozen", TensorDtype.Bool, [], 0),
        ];
        using ListedSource source = new(tensors);

        Assert.Contains(
            "Counters are not used: image_encoder.neck.1.num_batches_tracked, steps, frozen.", SamCheckpoint.Open(source).Notes);
    }

    [Fact]
    public void Tensors_without_a_place_are_left_out_where_that_is_asked_for_and_listed()
    {
        List<TensorInfo> tensors =
        [
            .. new ListedSource(ListedSource.Model(Configs.Tiny)).Tensors,
            new("adapter.weight", TensorDtype.F32, [3, 4], 0),
            new("table", TensorDtype.I64, [2], 0),
            new("loss\n", TensorDtype.F64, [], 0),
        ];
        using ListedSource source = new(tensors);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));
        SamCheckpoint checkpoint = SamCheckpoint.Open(source, ignoreUnexpected: true);

        Assert.Equal(3, error.Problems.Length);
        Assert.Contains("--ignore-unexpected", error.Summary);
        Assert.Contains("SamOptions.IgnoreUnexpectedTensors", error.Summary);
        Assert.Contains(
            "Tensors that the model has no place for are left out: \"adapter.weight\" F32 [3, 4], \"table\" I64 [2], "
            + "\"loss\\u000a\" F64 [].",
            checkpoint.Notes);
        Assert.Equal(Configs.Tiny.Depth, checkpoint.Config.Depth);
    }

    [Fact]
    public void What_is_missing_is_not_cured_by_leaving_out()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(Configs.Tiny);
        tensors[0] = ("other", tensors[0].Shape);
        using ListedSource source = new(tensors);

        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source));

        Assert.DoesNotContain("--ignore-unexpected", error.Message);
        Assert.Single(Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source, ignoreUnexpected: true)).Problems);
    }

    [Fact]
    public void Of_two_keys_that_are_one_without_what_was_added_the_second_is_unexpected()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Model(Configs.Tiny);
        tensors.Add(($"_orig_mod.{tensors[5].Name}", tensors[5].Shape));
        using ListedSource source = new(tensors);

        KeyProblem problem = Assert.Single(Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(source)).Problems);

        Assert.Equal((KeyProblemKind.Unexpected, tensors[^1].Name), (problem.Kind, problem.Name));
    }

    [Fact]
    public void The_metadata_says_what_no_shape_can()
    {
        SamConfig config = Configs.Tiny with { Seed = 77, DecoderHeads = 4 };
        using ListedSource source = new(
            ListedSource.Model(config),
            ("sam.config", config.ToJson()),
            ("sam.everything", "{\"points_per_side\": 8}"));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.Equal(config, checkpoint.Config);
        Assert.Equal("{\"points_per_side\": 8}", checkpoint.Everything);
        Assert.Empty(checkpoint.Notes);
    }

    [Fact]
    public void An_encoder_alone_can_state_the_decoder_it_belongs_to()
    {
        using ListedSource source = new(
            ListedSource.Encoder(Configs.Tiny, "image_encoder."), ("sam.config", Configs.Tiny.ToJson()));

        Assert.Equal(Configs.Tiny, SamCheckpoint.Open(source).Config);
    }

    [Fact]
    public void A_window_as_large_as_the_grid_is_global_unless_the_metadata_says_otherwise()
    {
        // The tables of both kinds have 2 * 16 - 1 rows, and both kinds of attention compute the same.
        SamConfig stated = Configs.Tiny with { WindowSize = 16, GlobalAttnIndexes = [1], DecoderHeads = 8 };
        using ListedSource without = new(ListedSource.Model(stated));
        using ListedSource with = new(ListedSource.Model(stated), ("sam.config", stated.ToJson()));

        Assert.Equal(
            stated with { GlobalAttnIndexes = [0, 1, 2, 3], Seed = null }, SamCheckpoint.Open(without).Config);
        Assert.Equal(stated, SamCheckpoint.Open(with).Config);
    }

    [Fact]
    public void Both_names_of_the_tied_position_matrix_may_be_there()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/hf_keys.safetensors"));
        using ListedSource both = Tied(file);
        using ListedSource differing = Tied(file).Fill("prompt_encoder.shared_embedding.positional_embedding", 1);

        Assert.Equal(
            "shared_image_embedding.positional_embedding",
            SamCheckpoint.Open(both).Find("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix").Name);
        using ListedSource turned = Tied(file, 16, 2);
        Assert.Equal(
            CheckpointError.TiedKeysDiffer, Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(turned)).Code);
        CheckpointException error = Assert.Throws<CheckpointException>(() => SamCheckpoint.Open(differing));
        Assert.Equal(CheckpointError.TiedKeysDiffer, error.Code);
        Assert.Equal(
            "listed.safetensors: shared_image_embedding.positional_embedding and "
            + "prompt_encoder.shared_embedding.positional_embedding are one tensor in the model, "
            + "but differ in the file. Save the checkpoint again from one model.",
            error.Message);
    }

    [Fact]
    public void The_second_name_of_the_tied_matrix_alone_is_enough()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/hf_keys.safetensors"));
        using ListedSource source = new(Tied(file).Tensors.Where(tensor =>
            !tensor.Name.StartsWith("shared_image_embedding")));

        Assert.Equal(
            "prompt_encoder.shared_embedding.positional_embedding",
            SamCheckpoint.Open(source).Find("prompt_encoder.pe_layer.positional_encoding_gaussian_matrix").Name);
    }

    [Fact]
    public void A_part_of_a_tensor_is_read_by_the_originals_name()
    {
        const string Name = "image_encoder.pos_embed";
        using SyntheticCheckpoint source = new(Configs.Tiny);
        SamCheckpoint checkpoint = SamCheckpoint.Open(source);
        float[] whole = new float[checkpoint.Find(Name).ElementCount];
        float[] part = new float[100];

        checkpoint.Read(Name, whole);
        checkpoint.ReadSlice(Name, 33, part);

        Assert.Equal(whole.AsSpan(33, 100).ToArray(), part);
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.ReadSlice(Name, whole.Length - 99, part));
        Assert.Throws<ArgumentException>(() => checkpoint.ReadSlice("image_encoder.gone", 0, part));
    }

    private static ListedSource Tied(SafetensorsFile file, params long[] second) => new(
    [
        .. file.Tensors.Select(tensor => (tensor.Name, tensor.Shape.ToArray())),
        ("prompt_encoder.shared_embedding.positional_embedding", second is [] ? [2, 16] : second),
    ]);
}
