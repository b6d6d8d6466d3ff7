using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>What was handed out stays as it was, whatever becomes of where it came from.</summary>
public sealed class HandedOutTests : IDisposable
{
    private readonly ImageView picture = TestModels.Picture("playground_small").View;
    private readonly SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
    private readonly SamPredictor predictor;

    public HandedOutTests()
    {
        predictor = model.CreatePredictor();
        predictor.SetImage(picture);
    }

    public void Dispose()
    {
        predictor.Dispose();
        model.Dispose();
    }

    [Fact]
    public void A_kept_mask_does_not_change_with_the_next_answer()
    {
        SamPrediction prediction = new();
        predictor.Predict(SamPrompt.At(40, 40), prediction);
        IReadOnlyList<SamMask> kept = prediction.Masks;
        ReadOnlyMemory<float> logits = prediction.LowResLogitsOf(1);
        string[] before = [.. kept.Select(mask => mask.ToCocoRle())];
        float[] values = logits.ToArray();

        predictor.Predict(SamPrompt.At(100, 60), prediction);

        Assert.NotEqual(before, prediction.Masks.Select(mask => mask.ToCocoRle()));
        Assert.Equal(before, kept.Select(mask => mask.ToCocoRle()));
        Assert.NotEqual(values, prediction.LowResLogitsOf(1).ToArray());
        Assert.Equal(values, logits.ToArray());
    }

    [Fact]
    public void Pixels_can_be_copied_out_again_and_again_without_an_allocation()
    {
        SamPrediction prediction = new();
        SamPrompt click = SamPrompt.At(40, 40);
        byte[] pixels = new byte[180 * 120];
        long least = long.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            predictor.Predict(click, prediction);
            prediction.CopyTo(2, pixels, 7);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        byte[] expected = new byte[pixels.Length];
        predictor.Predict(click).Masks[2].ToBytes(expected, 7);
        Assert.Equal(expected, pixels);
    }

    [Fact]
    public void Sizes_of_an_embedding_that_is_encoded_into_again()
    {
        using SamEmbedding embedding = model.Encode(picture);
        IReadOnlyList<ImageSize> sizes = embedding.OriginalSizes;
        model.Encode(picture.Crop(0, 0, 100, 110), embedding);
        Assert.Equal([new ImageSize(120, 180)], sizes);
        Assert.Equal(new ImageSize(110, 100), embedding.OriginalSize);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_embedding_can_be_saved_after_its_model_is_gone(bool encodedInto)
    {
        using TemporaryFolder folder = new();
        string weights = folder.File("demo.safetensors");
        File.Copy(ReferenceData.Find("demo.safetensors"), weights);
        SamEmbedding embedding;
        using (SamModel demo = SamModel.Load(weights))
        {
            embedding = demo.Encode(picture);
            if (encodedInto)
            {
                demo.Encode(picture, embedding);
            }
        }

        using (embedding)
        {
            string path = folder.File("picture.safetensors");
            embedding.Save(path);
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(weights))), embedding.ModelSha256);
            Assert.Equal(embedding.ModelSha256, SamEmbedding.ReadModelSha256(path));
        }
    }

    [Fact]
    public void The_weights_file_is_closed_with_the_last_of_model_and_embeddings()
    {
        Weights.SyntheticCheckpoint inner = new(TestModels.Config("tiny"));
        SamModel tiny = SamModel.Load(inner);
        SamEmbedding first = tiny.Encode(picture);
        SamEmbedding second = tiny.Encode(picture);
        tiny.Dispose();
        first.Dispose();
        Assert.Equal(64, second.ModelSha256.Length);
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => inner.ReadBytes(inner.Tensors[0], new byte[inner.Tensors[0].ByteLength]));
        Assert.Throws<ObjectDisposedException>(() => first.ModelSha256);
    }
}
