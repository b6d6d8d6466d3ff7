using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// Native memory that runs out at any block of a call: the call fails, nothing of it is mixed into later answers, and what
/// comes after it works.
/// </summary>
public sealed class OutOfMemoryTests : IDisposable
{
    private static readonly SamPrompt click = SamPrompt.At(40, 40);
    private static readonly SamPrompt longPrompt = new()
    {
        Points = [.. Enumerable.Range(0, 40).Select(i => new SamPoint(i % 90, (i * 7) % 100))],
    };

    private readonly ImageView first = TestModels.Picture("playground_small").View;
    private readonly ImageView second;
    private readonly SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });

    public OutOfMemoryTests() => second = first.Crop(3, 5, 100, 110);

    public void Dispose() => model.Dispose();

    [Fact]
    public void While_a_picture_is_set()
    {
        float[] ofFirst = Answer(first, click), ofSecond = Answer(second, click);
        EachBlock(blocks =>
        {
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(first);
            model.TrimExcess();
            bool failed = Fails(blocks, () => predictor.SetImage(second));
            if (failed)
            {
                // The former picture was forgotten before the new one was encoded.
                Assert.Throws<InvalidOperationException>(() => predictor.Predict(click));
                Assert.Null(predictor.PictureSize);
                predictor.SetImage(first);
                Assert.Equal(ofFirst, Values(predictor.Predict(click)));
                predictor.SetImage(second);
            }

            Assert.Equal(ofSecond, Values(predictor.Predict(click)));
            return failed;
        });
    }

    [Fact]
    public void While_an_embedding_is_set()
    {
        using SamEmbedding other = model.Encode(second);
        float[] ofFirst = Answer(first, click), ofSecond = Answer(second, click);
        EachBlock(blocks =>
        {
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(first);
            bool failed = Fails(blocks, () => predictor.SetEmbedding(other));
            Assert.Equal(failed ? ofFirst : ofSecond, Values(predictor.Predict(click)));
            predictor.SetEmbedding(other);
            Assert.Equal(ofSecond, Values(predictor.Predict(click)));
            return failed;
        });
    }

    [Fact]
    public void While_a_long_prompt_is_answered()
    {
        float[] ofClick = Answer(first, click), ofLong = Answer(first, longPrompt);
        EachBlock(blocks =>
        {
            using SamPredictor predictor = model.CreatePredictor();
            predictor.SetImage(first);
            bool failed = Fails(blocks, () => predictor.Predict(longPrompt));
            Assert.Equal(ofClick, Values(predictor.Predict(click)));
            Assert.Equal(ofLong, Values(predictor.Predict(longPrompt)));
            return failed;
        });
    }

    [Fact]
    public void While_everything_is_looked_for()
    {
        AutomaticMaskOptions grid = new() { PointsPerSide = 3, PredIouThresh = 0, StabilityScoreThresh = 0 };
        using SamEmbedding one = model.Encode(first), other = model.Encode(second);
        using AutomaticMaskGenerator fresh = new(model, grid);
        string ofOne = Text(fresh.Generate(one)), ofOther = Text(fresh.Generate(other));
        EachBlock(blocks =>
        {
            using AutomaticMaskGenerator generator = new(model, grid);
            generator.Generate(one);
            bool failed = Fails(blocks, () => generator.Generate(other));
            Assert.Equal(ofOther, Text(generator.Generate(other)));
            Assert.Equal(ofOne, Text(generator.Generate(one)));
            return failed;
        });
    }

    [Fact]
    public void While_a_model_is_loaded()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = NativeBuffer.LiveBytes;
        int failures = 0;
        for (int blocks = 0; blocks < 60; blocks += 7)
        {
            failures += Fails(blocks, () => TestModels.Load("tiny", new SamOptions { Threads = 2 }).Dispose()) ? 1 : 0;
        }

        Assert.True(failures > 3);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(before, NativeBuffer.LiveBytes);
    }

    private static void EachBlock(Func<int, bool> fails)
    {
        int blocks = 0;
        while (fails(blocks))
        {
            blocks++;
            Assert.True(blocks < 500, "it never ends well");
        }

        Assert.True(blocks > 0, "no block was ever asked for");
    }

    private static bool Fails(int blocks, Action call)
    {
        using FailingHeap heap = new(blocks);
        Exception? error = Record.Exception(call);
        Assert.Equal(heap.HasFailed, error is not null);
        Assert.True(error is null or OutOfMemoryException, error?.ToString());
        return heap.HasFailed;
    }

    private float[] Answer(ImageView picture, SamPrompt prompt)
    {
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(picture);
        return Values(predictor.Predict(prompt));
    }

    private static float[] Values(SamPrediction prediction) => [.. prediction.LogitValues, .. prediction.Scores];

    private static string Text(IReadOnlyList<AutomaticMask> masks) =>
        string.Join('\n', masks.Select(mask => mask.Segmentation.ToCocoRle() + mask.PredictedIou));
}
