using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests;

/// <summary>The same tensors give the same model, whatever kind of file they come from.</summary>
public sealed class CheckpointFormatTests
{
    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("transposed")]
    [InlineData("parameters")]
    [InlineData("wrapped_model")]
    public void A_pytorch_file_gives_the_embedding_and_masks_of_its_safetensors_twin(string name)
    {
        using SamModel twin = SamModel.Load(ReferenceData.Find("torch_files/original_keys.safetensors"));
        using SamModel model = SamModel.Load(ReferenceData.Find($"torch_files/{name}.pth"));
        DecodedImage picture = TestModels.Picture("tree_small");

        using SamEmbedding expected = twin.Encode(picture.View);
        using SamEmbedding found = model.Encode(picture.View);

        Assert.Equal(twin.Config, model.Config);
        Assert.Equal(Hashes.Of(expected.Values), Hashes.Of(found.Values));
        Assert.Equal(Logits(twin, picture), Logits(model, picture));
    }

    [Fact]
    public void A_file_that_would_run_a_command_is_refused_on_loading()
    {
        PyTorchException error = Assert.Throws<PyTorchException>(
            () => SamModel.Load(ReferenceData.Find("torch_files/evil_system.pth")));

        Assert.Equal(PyTorchError.ForbiddenGlobal, error.Code);
    }

    private static float[] Logits(SamModel model, DecodedImage picture)
    {
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(picture.View);
        return predictor.Predict(SamPrompt.At(30, 40)).LowResLogitsOf(0).ToArray();
    }
}
