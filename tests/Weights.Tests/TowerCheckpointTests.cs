using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Visual towers told by the names and shapes of their tensors, in the files of every known model.</summary>
public sealed class TowerCheckpointTests
{
    public static TheoryData<string> Models => [.. Towers.All.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_tower_is_found_by_the_names_of_its_model_among_the_other_tensors(string model)
    {
        Towers.Spelt spelt = Towers.All[model];
        using ListedSource source = spelt.File(
            ("lm_head.weight", [1000, 10]), ("model.layers.0.self_attn.q_proj.weight", [10, 10]), ("head.fc.bias", [3]));

        TowerCheckpoint checkpoint = Assert.IsType<TowerCheckpoint>(ModelCheckpoint.Open(source));

        Assert.Equal(spelt.Config with { Seed = null }, checkpoint.Config);
        Assert.False(checkpoint.HasDecoder);
        Assert.Equal(spelt.Config.Layout().Select(tensor => tensor.Name), checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.All(checkpoint.Tensors, tensor =>
            Assert.Equal(spelt.NameOf(tensor.Name), checkpoint.Find(tensor.Name).Name));
        Assert.Equal(
            [$"3 tensors of other parts of the model, outside {spelt.Encoder}, are not used."], checkpoint.Notes);
        Assert.Equal(
            $"{(spelt.HuggingFace ? "Hugging Face" : "its own authors")}, the encoder below {spelt.Encoder}",
            checkpoint.Naming);
        Assert.Equal(3, checkpoint.OtherTensors);
        Assert.Equal(spelt.Config.Layout().Sum(tensor => tensor.ElementCount), checkpoint.Parameters);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_synthetic_file_with_the_names_of_a_model_has_the_values_of_ours(string model)
    {
        Towers.Spelt spelt = Towers.All[model];
        using SyntheticCheckpoint ours = new(spelt.Config);
        using SyntheticCheckpoint theirs =
            new(spelt.Config, TowerFamily.Instance.NamingOf(spelt.Config, spelt.HuggingFace)!);

        TowerCheckpoint checkpoint = TowerCheckpoint.Open(theirs);

        Assert.Equal(spelt.Config with { Seed = null }, checkpoint.Config);
        Assert.All(ours.Tensors, tensor => Assert.Equal(Read(ours, tensor), Read(theirs, checkpoint.Find(tensor.Name))));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_encoder_alone_of_such_a_file_is_that_of_a_sam(string model)
    {
        Towers.Spelt spelt = Towers.All[model];
        using ListedSource source = spelt.File(("lm_head.weight", [1000, 10]));

        SamCheckpoint checkpoint = SamCheckpoint.Open(source);

        Assert.False(checkpoint.HasDecoder);
        Assert.Equal(Configs.Tiny.EmbedDim, checkpoint.Config.EmbedDim);
        Assert.Equal(
            spelt.NameOf("image_encoder.blocks.3.norm2.bias"), checkpoint.Find("image_encoder.blocks.3.norm2.bias").Name);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_tensor_of_a_tower_that_is_missing_or_of_another_shape_is_reported_alone(string model)
    {
        Towers.Spelt spelt = Towers.All[model];
        List<(string Name, long[] Shape)> good = spelt.Tensors();
        for (int i = 0; i < good.Count; i++)
        {
            // Without its only convolution nothing tells such a file from another model's encoder.
            string name = good[i].Name;
            KeyProblem missing = Assert.Single(Refuse([.. good[..i], .. good[(i + 1)..]]).Problems);
            Assert.Equal((KeyProblemKind.Missing, name), (missing.Kind, missing.Name));

            good[i] = (name, [.. good[i].Shape, 3]);
            KeyProblem shape = Assert.Single(Refuse(good).Problems);
            Assert.Equal((KeyProblemKind.WrongShape, name), (shape.Kind, shape.Name));
            good[i] = (name, good[i].Shape[..^1]);
        }
    }

    [Fact]
    public void What_is_missing_is_listed_with_the_model_that_the_names_are_nearest_to()
    {
        List<(string Name, long[] Shape)> tensors = Towers.All["GOT"].Tensors();
        tensors.RemoveAll(tensor => tensor.Name.Contains("net_3") || tensor.Name.Contains("neck.3.bias"));
        tensors.Add(("model.vision_tower_high.net_2.bias", [128]));

        CheckpointException error = Refuse(tensors);

        Assert.Equal(CheckpointError.KeyMismatch, error.Code);
        Assert.Equal(
            "listed.safetensors comes nearest to the tower of GOT-OCR 2.0, but 3 keys do not fit. "
            + "Use a checkpoint of one model, saved whole.\n"
            + """
              missing model.vision_tower_high.neck.3.bias, expected [64]
              missing model.vision_tower_high.net_3.weight, expected [1024, 128, 3, 3]
              unexpected model.vision_tower_high.net_2.bias, found F32 [128]
            """,
            error.Message);
    }

    [Fact]
    public void A_bias_of_a_convolution_outside_the_encoder_is_not_passed_over_either()
    {
        using ListedSource source =
            Towers.All["GOT, Hugging Face"].File(("multi_modal_projector.conv_upsampler1.bias", [128]));

        KeyProblem problem = Assert.Single(Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(source)).Problems);

        Assert.Equal(KeyProblemKind.Unexpected, problem.Kind);
    }

    [Fact]
    public void A_second_path_needs_all_its_parts()
    {
        List<(string Name, long[] Shape)> tensors = Towers.All["DeepSeek-VL"].Tensors();
        tensors.RemoveAll(tensor => tensor.Name.Contains("_hd") || tensor.Name.Contains("alpha"));

        Assert.Equal(7, Refuse(tensors).Problems.Length);
    }

    [Fact]
    public void Of_two_towers_none_is_chosen()
    {
        CheckpointException error =
            Refuse([.. Towers.All["GOT"].Tensors(), .. Towers.All["DeepSeek-OCR"].Tensors()]);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Equal(
            "listed.safetensors holds 2 visual towers, and only one can be meant: \"model.sam_model.\", "
            + "\"model.vision_tower_high.\". Save one of them alone.",
            error.Message);
    }

    [Fact]
    public void An_encoder_without_convolutions_is_no_tower_and_told_what_it_lacks()
    {
        using ListedSource sam = new(ListedSource.Model(SamConfig.VitB));

        CheckpointException error = Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(sam));

        Assert.IsType<SamCheckpoint>(ModelCheckpoint.Open(sam));
        Assert.Equal(
            "listed.safetensors comes nearest to a visual tower, but 2 keys do not fit. "
            + "Use a checkpoint of one model, saved whole.\n"
            + """
              missing net_2.weight, expected [512, 256, 3, 3]
              missing net_3.weight, expected [1024, 512, 3, 3]
            """,
            error.Message);
    }

    [Fact]
    public void A_language_model_alone_is_no_tower()
    {
        CheckpointException error = Refuse([("model.layers.0.self_attn.q_proj.weight", [10, 10])]);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.StartsWith("listed.safetensors is no visual tower: none of its 1 tensors", error.Message);
        Assert.EndsWith(
            "Known are the towers of Vary, GOT-OCR 2.0, Vary-tiny, DeepSeek-OCR, DeepSeek-VL, DeepSeek-OCR 2, "
            + "PP-FormulaNet, SLANeXt: use a whole file of such a model.",
            error.Message);
    }

    [Fact]
    public void A_torso_of_a_tower_is_told_which_model_it_comes_nearest_to()
    {
        List<(string Name, long[] Shape)> tensors = Towers.All["SLANeXt"].Tensors();
        tensors.RemoveAll(tensor => tensor.Name.Contains("rel_pos"));

        CheckpointException error = Refuse(tensors);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Contains("It comes nearest to the tower of SLANeXt with the names of Hugging Face: ", error.Message);
    }

    [Theory]
    [InlineData("", "the original SAM, with nothing in front")]
    [InlineData("module.", "the original SAM, the encoder below module.")]
    [InlineData("image_encoder.", "the original SAM, the encoder below image_encoder.")]
    [InlineData("vision_tower_high.", "the original SAM, the encoder below vision_tower_high.")]
    public void A_tower_cut_out_of_its_model_belongs_to_none_that_is_known(string prefix, string naming)
    {
        string rest = prefix == "image_encoder." ? "" : prefix;
        using ListedSource source = new(Towers.Tiny.Layout().Select(tensor => (
            tensor.Name.StartsWith("net_") ? rest + tensor.Name : prefix + tensor.Name["image_encoder.".Length..],
            tensor.Shape.ToArray())));

        TowerCheckpoint checkpoint = TowerCheckpoint.Open(source);

        Assert.Equal(Towers.Tiny with { Seed = null }, checkpoint.Config);
        Assert.Equal(naming, checkpoint.Naming);
    }

    [Theory]
    [InlineData("module.transformer.vision_tower_high.", TowerKind.Vary)]
    [InlineData("module.model.vision_tower_high.", TowerKind.GotOcr)]
    [InlineData("sam_model.", TowerKind.DeepSeekOcr)]
    [InlineData("_orig_mod.model.sam_model.", TowerKind.DeepSeekOcr)]
    public void Wrappers_are_taken_off(string prefix, TowerKind kind)
    {
        using ListedSource source = new(
            Towers.Tiny.Layout().Select(tensor => (prefix + tensor.Name.Replace("image_encoder.", ""), tensor.Shape.ToArray())));

        Assert.Equal(kind, TowerCheckpoint.Open(source).Config.Kind);
    }

    [Theory]
    [InlineData("PP-FormulaNet", 768, 48)]
    [InlineData("SLANeXt", 512, 32)]
    [InlineData("DeepSeek-OCR", 1024, 64)]
    public void The_grid_and_the_input_are_those_of_the_positions(string model, int size, int grid)
    {
        Towers.Spelt spelt = Towers.All[model];
        TowerConfig config = TowerConfig.VitB with
        {
            ImgSize = size,
            Kind = spelt.Kind,
            Widths = TowerConfig.VitB.Widths[..spelt.Convolutions.Length],
        };
        using ListedSource source =
            new(config.Layout().Select(tensor => (spelt.NameOf(tensor.Name), tensor.Shape.ToArray())));

        TowerCheckpoint checkpoint = TowerCheckpoint.Open(source);

        Assert.Equal(config, checkpoint.Config);
        Assert.Equal([1, grid, grid, 768], checkpoint.Shape("image_encoder.pos_embed"));
    }

    [Fact]
    public void The_published_tower_has_95569152_values()
    {
        Assert.Equal(95_569_152, TowerConfig.VitB.Layout().Sum(tensor => tensor.ElementCount));
        Assert.Equal([1024, 512, 3, 3], TowerConfig.VitB.Layout()[^1].Shape);
    }

    [Fact]
    public void Converted_it_has_our_names_and_still_says_whose_tower_it_is()
    {
        Towers.Spelt spelt = Towers.All["DeepSeek-VL, Hugging Face"];
        using SyntheticCheckpoint source = new(spelt.Config, TowerFamily.Instance.NamingOf(spelt.Config, huggingFace: true)!);
        using MemoryStream stream = new();
        new CheckpointConverter(TowerCheckpoint.Open(source)).ToWriter("").Save(stream);
        using SafetensorsFile file = SafetensorsFile.Open(stream.ToArray());

        TowerCheckpoint converted = Assert.IsType<TowerCheckpoint>(ModelCheckpoint.Open(file));
        SamCheckpoint encoder = SamCheckpoint.Open(file);

        Assert.Equal(spelt.Config with { Seed = null }, converted.Config);
        Assert.Equal(TowerConfig.Parse(file.Metadata["tower.config"], "test"), converted.Config);
        Assert.Empty(converted.Notes);
        using SyntheticCheckpoint ours = new(spelt.Config);
        Assert.All(ours.Tensors, tensor => Assert.Equal(Read(ours, tensor), Read(file, converted.Find(tensor.Name))));
        Assert.Contains("9 tensors of the layers behind the encoder (net_2, net_3) are not used.", encoder.Notes);
    }

    [Fact]
    public void A_single_convolution_is_known_from_the_configuration_alone_once_converted()
    {
        TowerConfig config = Towers.All["SLANeXt"].Config;
        using SyntheticCheckpoint stated = new(config);
        using ListedSource silent =
            new(config.Layout().Select(tensor => (tensor.Name, tensor.Shape.ToArray())));

        Assert.Equal(config, TowerCheckpoint.Open(stated).Config);
        Assert.Equal("net_3.weight", Assert.Single(Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(silent)).Problems).Name);
    }

    [Fact]
    public void A_configuration_that_contradicts_the_shapes_is_an_error_that_names_the_numbers()
    {
        TowerConfig stated = Towers.Tiny with { Widths = [128, 512], WindowSize = 8, Kind = TowerKind.Vary };
        using ListedSource source = new(
            Towers.Tiny.Layout().Select(tensor => (tensor.Name, tensor.Shape.ToArray())), ("tower.config", stated.ToJson()));

        CheckpointException error = Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(source));

        Assert.Equal(CheckpointError.ConfigContradiction, error.Code);
        Assert.Equal(
            "listed.safetensors: tower.config in the metadata says window_size 8 where the shapes show 7, "
            + "widths [128,512] where the shapes show [128,256]. Correct tower.config, or leave it out.",
            error.Message);
    }

    [Fact]
    public void A_configuration_of_another_model_than_the_keys_is_an_error()
    {
        Towers.Spelt spelt = Towers.All["GOT"];
        using ListedSource source = new(
            spelt.Tensors(), ("tower.config", (spelt.Config with { Kind = TowerKind.DeepSeekOcr }).ToJson()));

        CheckpointException error = Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(source));

        Assert.Equal(CheckpointError.ConfigContradiction, error.Code);
        Assert.Contains("kind \"deepseek_ocr\" where the shapes show \"got_ocr\"", error.Message);
    }

    [Fact]
    public void Its_encoder_alone_is_converted_to_a_file_that_is_no_tower_and_does_not_say_so()
    {
        using SyntheticCheckpoint source = new(Towers.Tiny);
        using MemoryStream stream = new();
        new CheckpointConverter(TowerCheckpoint.Open(source)) { EncoderOnly = true }.ToWriter("").Save(stream);
        using SafetensorsFile file = SafetensorsFile.Open(stream.ToArray());

        Assert.False(Assert.IsType<SamCheckpoint>(ModelCheckpoint.Open(file)).HasDecoder);
        Assert.DoesNotContain("tower.config", file.Metadata.Keys);
    }

    private static CheckpointException Refuse(IEnumerable<(string Name, long[] Shape)> tensors)
    {
        using ListedSource source = new(tensors);
        return Assert.Throws<CheckpointException>(() => TowerCheckpoint.Open(source));
    }

    private static float[] Read(TensorSource source, TensorInfo tensor)
    {
        float[] values = new float[tensor.ElementCount];
        source.Read(tensor, values);
        return values;
    }
}
