using Xunit;

namespace SamNative.Model.Tests.Encoder;

/// <summary>The fused plan against the original: every block's output of the tiny model, and embeddings of all models.</summary>
public sealed class FusedEncoderTests
{
    [Theory]
    [InlineData("playground_small")]
    [InlineData("tree_small")]
    public unsafe void Every_block_of_the_tiny_model_is_the_original_s(string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"tiny.{picture}.encoder.safetensors");
        using SamModel model = TestModels.Load("tiny");
        EncoderGeometry g = model.Plan.Geometry;
        float[] pixels = reference.Floats("pixel_values");
        float[] embedding = new float[g.NeckWidth * g.Tokens];
        using EncoderRun run = NewRun(model);
        fixed (float* values = pixels, result = embedding)
        {
            run.Workspace.PixelValues = values;
            run.Workspace.InputHeight = run.Workspace.InputWidth = model.Config.ImgSize;
            run.Workspace.Embedding = result;
            for (int i = 0; i < model.Plan.Steps.Count; i++)
            {
                EncoderStep step = model.Plan.Steps[i];
                model.Encoder.RunStep(run, model.Pool, i, TestContext.Current.CancellationToken);
                if (step.Operation == EncoderOperation.Mlp)
                {
                    float[] x = Rows(run.Workspace.X, g.Tokens, g.Stride, g.Width);
                    Closeness closeness = Closeness.Of(x, reference.Floats($"block.{step.Block}"));
                    Assert.True(closeness.MaxAbs <= 1e-5 * closeness.Rms, $"block {step.Block}: {closeness}");
                }
            }
        }

        Closeness last = Closeness.Of(embedding, reference.Floats("embedding"));
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

    private static EncoderRun NewRun(SamModel model) => new(
        new EncoderWorkspace(model.Plan, model.KernelSet, model.Threads), new PictureResizer(model.KernelSet, model.Threads));

    private static unsafe float[] Rows(float* source, int rows, int stride, int width)
    {
        float[] values = new float[rows * width];
        for (int r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(source + ((nint)r * stride), width).CopyTo(values.AsSpan(r * width));
        }

        return values;
    }
}
