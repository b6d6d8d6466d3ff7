using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Files that are no model we know, and which one they are told to come nearest to.</summary>
public sealed class UnknownLayoutTests
{
    [Fact]
    public void An_unknown_prefix_is_named()
    {
        CheckpointException error = ListedSource.Refuse(ListedSource.Model(Configs.Tiny, "student."));

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Equal(
            "listed.safetensors: the keys of the image encoder begin with \"student.image_encoder.\", "
            + "which is not known. Take what is not the original's off the keys and save it again.",
            error.Message);
    }

    [Fact]
    public void Something_else_altogether_is_no_sam()
    {
        CheckpointException error = ListedSource.Refuse([("a\t", [1]), ("b", [2]), ("c", [3]), ("d", [4])]);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Equal(
            "listed.safetensors is no SAM: none of its 4 tensors (\"a\\u0009\", \"b\", \"c\") is known. "
            + "Known are SAMs of any size and their image encoders alone, with the names of the original or of "
            + "Hugging Face: use such a checkpoint, whole.",
            error.Message);
        Assert.StartsWith("listed.safetensors is no SAM", ListedSource.Refuse([]).Message);
    }

    [Fact]
    public void One_key_with_a_familiar_end_makes_no_encoder()
    {
        CheckpointException error =
            ListedSource.Refuse([("backbone.neck.0.weight", [256, 768, 1, 1]), ("head.weight", [10])]);

        Assert.StartsWith("listed.safetensors is no SAM: none of its 2 tensors", error.Message);
    }

    [Theory]
    [InlineData("vit_b", "ViT-B")]
    [InlineData("vit_l", "ViT-L")]
    [InlineData("vit_h", "ViT-H")]
    public void A_torso_is_told_which_model_it_comes_nearest_to(string name, string called)
    {
        List<(string Name, long[] Shape)> tensors =
            ListedSource.Encoder(Configs.Of(name), "image_encoder.").FindAll(tensor => tensor.Name.Contains(".mlp."));
        tensors.Add(("mask_decoder.iou_token.weight", [1, 256]));

        CheckpointException error = ListedSource.Refuse(tensors);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        int all = new SamLayout(Configs.Of(name)).Tensors.Length;
        Assert.Contains(
            $"no SAM we know. It comes nearest to {called} with the names of the original: "
            + $"{tensors.Count} of {all} keys are there, {tensors.Count} with the right shape.",
            error.Message);
        Assert.Equal(all - tensors.Count, error.Problems.Length);
        Assert.All(error.Problems, problem => Assert.Equal(KeyProblemKind.Missing, problem.Kind));
    }

    [Fact]
    public void A_plain_vision_transformer_is_told_what_it_lacks()
    {
        List<(string Name, long[] Shape)> tensors = ListedSource.Encoder(SamConfig.VitB, "");
        tensors.RemoveAll(tensor =>
            tensor.Name.Contains("rel_pos") || tensor.Name.StartsWith("neck"));
        tensors.Add(("cls_token", [1, 1, 768]));

        CheckpointException error = ListedSource.Refuse(tensors);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Contains("the encoder of ViT-B with the names of the original: 147 of 177 keys", error.Message);
        Assert.Contains("missing blocks.0.attn.rel_pos_h, expected [27, 64]", error.Message);
        Assert.Contains("unexpected cls_token, found F32 [1, 1, 768]", error.Message);
    }

    [Fact]
    public void A_torso_with_the_names_of_hugging_face_is_recognised_as_such()
    {
        CheckpointException error = ListedSource.Refuse(
        [
            ("module.mask_decoder.upscale_conv1.weight", [256, 64, 2, 2]),
            ("module.shared_image_embedding.positional_embedding", [2, 127]),
        ]);

        Assert.Contains(
            "ViT-B with the names of Hugging Face: 2 of 314 keys are there, 1 with the right shape", error.Message);
        Assert.Contains("missing module.vision_encoder.pos_embed", error.Message);
    }

    [Fact]
    public void Mobile_sam_is_not_taken_for_a_vit()
    {
        string path = ReferenceData.Find("mobile_sam.checkpoint.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        List<(string, long[])> tensors =
        [
            .. json.RootElement.GetProperty("tensors").EnumerateObject().Select(tensor =>
                (tensor.Name, tensor.Value[0].EnumerateArray().Select(side => side.GetInt64()).ToArray())),
        ];

        CheckpointException error = ListedSource.Refuse(tensors);

        Assert.Equal(CheckpointError.UnknownLayout, error.Code);
        Assert.Contains("nearest to ViT-B", error.Message);
    }
}
