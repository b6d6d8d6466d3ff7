using SamNative.Kernels;
using SamNative.Weights;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>What a worker takes for itself, as docs/embedding.md has it: native memory, of which unused pages are never touched.</summary>
public sealed class MemoryTests
{
    private const double Megabyte = 1e6;

    private readonly ImageView picture = TestModels.Picture("playground").View;

    /// <summary>A ViT-B with fewer blocks, which all use the same memory one after the other.</summary>
    [Fact]
    public void A_worker_of_ViT_B_takes_what_the_documentation_says()
    {
        (long Encode, long Predictor, long Generator) one = Measure(1);
        (long Encode, long Predictor, long Generator) many = Measure(64);

        AssertPerWorker(7.9, one.Encode, many.Encode);
        AssertPerWorker(0.8, one.Predictor, many.Predictor);
        AssertPerWorker(13.5, one.Generator, many.Generator);

        // A worker that came too late for any piece of a step has not taken all that it may.
        static void AssertPerWorker(double megabytes, long one, long many) =>
            Assert.InRange((many - one) / 63.0 / Megabyte, 0.9 * megabytes, megabytes + 0.05);
    }

    /// <summary>The native bytes that an encode keeps, a predictor with a picture, and a generator that was used.</summary>
    private (long Encode, long Predictor, long Generator) Measure(int workers)
    {
        SamConfig config = SamConfig.VitB with { Depth = 1, GlobalAttnIndexes = [0] };
        using SamModel model = SamModel.Load(
            new SyntheticCheckpoint(config), new SamOptions { MakePool = () => new WorkerPool(workers) });
        long loaded = NativeBuffer.LiveBytes;
        using SamEmbedding embedding = model.Encode(picture);
        long encoded = NativeBuffer.LiveBytes;
        long predicted;
        using (SamPredictor predictor = model.CreatePredictor())
        {
            predictor.SetEmbedding(embedding);
            predictor.Predict(SamPrompt.At(50, 37));
            predicted = NativeBuffer.LiveBytes;
        }

        long before = NativeBuffer.LiveBytes;
        using AutomaticMaskGenerator generator = new(model, new AutomaticMaskOptions { PointsPerSide = 8 });
        generator.Generate(embedding);
        return (encoded - loaded, predicted - encoded, NativeBuffer.LiveBytes - before);
    }
}
