using System.Security.Cryptography;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Files really written by the safetensors package, and the demo model.</summary>
public sealed class RealFileTests
{
    [Theory]
    [InlineData("original_keys")]
    [InlineData("hf_keys")]
    public void Every_value_of_a_file_in_float_is_the_one_that_was_written(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find($"torch_files/{name}.safetensors"));
        SamCheckpoint checkpoint = SamCheckpoint.Open(file);

        TorchFiles.AssertHoldsEveryValue(checkpoint);
        Assert.True(checkpoint.HasDecoder);
        Assert.Null(checkpoint.Everything);
        Assert.Contains("8 heads", Assert.Single(checkpoint.Notes));
    }

    [Fact]
    public void A_file_in_bfloat16_holds_the_rounded_values()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("torch_files/bfloat16.safetensors"));
        using SafetensorsFile original =
            SafetensorsFile.Open(ReferenceData.Find("torch_files/original_keys.safetensors"));
        SamCheckpoint rounded = SamCheckpoint.Open(file);
        SamCheckpoint exact = SamCheckpoint.Open(original);

        foreach (LayoutTensor tensor in exact.Tensors)
        {
            float[] expected = TorchFiles.Read(exact, tensor.Name);
            float[] found = TorchFiles.Read(rounded, tensor.Name);
            Assert.Equal(TensorDtype.BF16, rounded.Find(tensor.Name).Dtype);
            for (int i = 0; i < expected.Length; i++)
            {
                // Eight bits of precision; the nearest value is half a step away at most.
                double step = Math.ScaleB(1, Math.ILogB(expected[i]) - 7);
                Assert.InRange(Math.Abs((double)expected[i] - found[i]), 0, step / 2);
                Assert.Equal(0u, BitConverter.SingleToUInt32Bits(found[i]) & 0xFFFF);
            }
        }
    }

    [Theory]
    [InlineData("original_keys")]
    [InlineData("bfloat16")]
    public void Writing_a_read_file_again_keeps_every_tensor(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find($"torch_files/{name}.safetensors"));
        SafetensorsWriter writer = new();
        foreach (TensorInfo tensor in file.Tensors)
        {
            writer.Add(tensor.Name, file, tensor);
        }

        using MemoryStream stream = new();
        writer.Save(stream);

        using SafetensorsFile again = SafetensorsFile.Open(stream.ToArray());
        Assert.Equal(
            file.Tensors.Select(tensor => tensor.ToString()).Order(),
            again.Tensors.Select(tensor => tensor.ToString()).Order());
        SamCheckpoint before = SamCheckpoint.Open(file);
        SamCheckpoint after = SamCheckpoint.Open(again);
        Assert.All(before.Tensors, tensor => Assert.Equal(TorchFiles.Read(before, tensor.Name), TorchFiles.Read(after, tensor.Name)));
    }

    [Fact]
    public void The_demo_model_is_recognised_with_its_own_defaults()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("demo.safetensors"));
        SamCheckpoint demo = SamCheckpoint.Open(file);

        Assert.Equal(
            SamConfig.VitB with
            {
                ImgSize = 256,
                EmbedDim = 192,
                Depth = 6,
                NumHeads = 3,
                WindowSize = 7,
                GlobalAttnIndexes = [2, 5],
                PromptEmbedDim = 128,
                DecoderMlpDim = 512,
                DecoderHeads = 4,
                IouHeadHiddenDim = 128,
            },
            demo.Config);
        Assert.True(demo.HasDecoder);
        Assert.Empty(demo.Notes);
        Assert.Equal(
            "{\"points_per_side\": 24, \"pred_iou_thresh\": 0.6, \"stability_score_thresh\": 0.7}", demo.Everything);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(3_812_864, demo.Tensors.Sum(tensor => tensor.ElementCount));
        Assert.True(demo.Tensors.All(tensor => TorchFiles.Read(demo, tensor.Name).All(float.IsFinite)));
    }

    [Fact]
    public void The_reference_values_themselves_can_be_read()
    {
        using SafetensorsFile file = SafetensorsFile.Open(ReferenceData.Find("mask_utils.safetensors"));

        Assert.NotEmpty(file.Tensors);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.Name))), file.ComputeSha256());
    }
}
