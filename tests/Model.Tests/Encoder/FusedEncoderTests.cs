using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>The fused plan against the original: every block's output of the tiny model, and embeddings of all models.</summary>
public sealed class FusedEncoderTests
{
    [Theory]
    [InlineData("playground_small")]
    [InlineData("tree_small")]
    public void Every_block_of_the_tiny_model_is_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"tiny.{picture}.encoder.safetensors");
        using SamModel model = TestModels.Load("tiny");
        using EncoderTrace trace = new(model);
        int block = 0;
        trace.Run(reference.Floats("pixel_values"), step =>
        {
            if (step.Kind == "mlp")
            {
                Closeness closeness = Closeness.Of(trace.Values(step.Writes[0]), reference.Floats($"block.{block}"));
                Assert.True(closeness.MaxAbs <= 1e-5 * closeness.Rms, $"block {block}: {closeness}");
                block++;
            }
        });

        Assert.Equal(model.Config.Depth, block);
        Closeness last = Closeness.Of(trace.Embedding, reference.Floats("embedding"));
        Assert.True(last.MaxAbs <= 1e-5 * last.Rms, $"embedding: {last}");
    }

    [Theory]
    [InlineData("tiny", "playground_small")]
    [InlineData("tiny", "tree_small")]
    [InlineData("demo", "playground")]
    public void A_picture_gives_the_original_s_embedding(string modelName, string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"{modelName}.{picture}.encoder.safetensors");
        using SamModel model = TestModels.Load(modelName);
        using SamEmbedding embedding = model.Encode(TestModels.Picture(picture).View);

        Assert.Equal(reference.Size("original_size"), embedding.OriginalSize);
        Assert.Equal(reference.Size("input_size"), embedding.InputSize);
        Closeness closeness = Closeness.Of(embedding.Values, reference.Floats("embedding"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{modelName} {picture}: {closeness}");
        Assert.True(closeness.MaxAbs <= 3e-5 && closeness.RelativeRms <= 5e-6, closeness.ToString());
    }
}
