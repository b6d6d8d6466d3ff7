using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// Rounds in which an owner of native memory is disposed while a call is inside a piece of its work. They run in a process
/// of their own, <see cref="DisposeTests"/>, since a touch of freed memory ends it.
/// </summary>
public sealed class DisposeRounds
{
    /// <summary>Names the owner.</summary>
    public const string OwnerVariable = "SAMNATIVE_TEST_OWNER";

    /// <summary>How many rounds.</summary>
    public const string RoundsVariable = "SAMNATIVE_TEST_ROUNDS";

    private static readonly SamPrompt click = SamPrompt.At(40, 40);
    private static readonly AutomaticMaskOptions grid = new()
    {
        PointsPerSide = 4,
        PredIouThresh = 0,
        StabilityScoreThresh = 0,
        PointsPerBatch = 4,
    };

    private readonly ImageView picture = TestModels.Picture("playground_small").View;
    private readonly Random random = new(5);

    /// <summary>The owners, and what is done with each.</summary>
    internal static IReadOnlyDictionary<string, Action<DisposeRounds, int>> Owners { get; } =
        new Dictionary<string, Action<DisposeRounds, int>>(StringComparer.Ordinal)
        {
            ["model, encoding"] = (rounds, count) => rounds.Model(count, predict: false),
            ["model, answering"] = (rounds, count) => rounds.Model(count, predict: true),
            ["predictor, encoding"] = (rounds, count) => rounds.Predictor(count, encode: true),
            ["predictor, answering"] = (rounds, count) => rounds.Predictor(count, encode: false),
            ["generator"] = (rounds, count) => rounds.Generator(count, fromCallback: false),
            ["generator, from its callback"] = (rounds, count) => rounds.Generator(count, fromCallback: true),
            ["embedding"] = (rounds, count) => rounds.Embedding(count),
            ["embedding, encoded into"] = (rounds, count) => rounds.Destination(count),
        };

    [Fact(Explicit = true)]
    public void Of_one_owner()
    {
        string owner = Environment.GetEnvironmentVariable(OwnerVariable)!;
        int rounds = int.Parse(Environment.GetEnvironmentVariable(RoundsVariable)!);
        NativeHeap.Current = new SealingHeap();
        Owners[owner](this, rounds);
    }

    private void Model(int rounds, bool predict)
    {
        using SamModel other = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding expected = other.Encode(picture);
        float[] answer = Answer(other, expected);
        for (int i = 0; i < rounds; i++)
        {
            long before = NativeBuffer.LiveBytes;
            SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 1 + (i % 3) });
            SamPredictor predictor = model.CreatePredictor();
            predictor.SetEmbedding(expected);
            SamPrediction prediction = new();
            Round(
                model,
                () =>
                {
                    if (predict)
                    {
                        predictor.Predict(click, prediction);
                        Assert.Equal(answer, Values(prediction));
                    }
                    else
                    {
                        using SamEmbedding embedding = model.Encode(picture);
                        Assert.Equal(expected.Values, embedding.Values);
                    }
                },
                () => model.Encode(picture).Dispose(), 60);
            predictor.Dispose();
            Assert.Equal(before, NativeBuffer.LiveBytes);
        }
    }

    private void Predictor(int rounds, bool encode)
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding embedding = model.Encode(picture);
        float[] answer = Answer(model, embedding);
        model.TrimExcess();
        long before = NativeBuffer.LiveBytes;
        for (int i = 0; i < rounds; i++)
        {
            SamPredictor predictor = model.CreatePredictor();
            predictor.SetEmbedding(embedding);
            SamPrediction prediction = new();
            Round(
                predictor,
                () =>
                {
                    if (encode)
                    {
                        predictor.SetImage(picture);
                    }
                    else
                    {
                        predictor.Predict(click, prediction);
                        Assert.Equal(answer, Values(prediction));
                    }
                },
                () => predictor.Predict(click), encode ? 60 : 30);
            model.TrimExcess();
            Assert.Equal(before, NativeBuffer.LiveBytes);
        }
    }

    private void Generator(int rounds, bool fromCallback)
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding embedding = model.Encode(picture);
        string[] expected = Masks(model, embedding);
        long before = NativeBuffer.LiveBytes;
        for (int i = 0; i < rounds; i++)
        {
            AutomaticMaskGenerator generator = new(model, grid);
            void Generate() => Assert.Equal(expected, Codes(generator.Generate(embedding)));
            if (fromCallback)
            {
                Act dispose = new(generator.Dispose);
                Assert.Throws<ObjectDisposedException>(() => generator.Generate(embedding, progress: dispose));
                Assert.Throws<ObjectDisposedException>(() => generator.Generate(embedding));
            }
            else
            {
                Round(generator, Generate, Generate, 40);
            }

            Assert.Equal(before, NativeBuffer.LiveBytes);
        }
    }

    private void Embedding(int rounds)
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        using SamEmbedding original = model.Encode(picture);
        using AutomaticMaskGenerator generator = new(model, grid);
        string[] expected = Masks(model, original);
        for (int i = 0; i < rounds; i++)
        {
            SamEmbedding embedding = model.Encode(picture);
            Round(
                embedding, () => Assert.Equal(expected, Codes(generator.Generate(embedding))),
                () => _ = embedding.Tensor.FlattenedLength, 40);
        }
    }

    private void Destination(int rounds)
    {
        using SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
        for (int i = 0; i < rounds; i++)
        {
            SamEmbedding embedding = model.Encode(picture);
            Round(embedding, () => model.Encode(picture, embedding), () => model.Encode(picture, embedding), 60);
        }
    }

    /// <summary>Disposes the owner while a call is in one of its pieces; the call ends well, or says why it does not.</summary>
    private void Round(IDisposable owner, Action call, Action later, int pieces)
    {
        using HeldCall held = HeldCall.Start(call, random.Next(pieces));
        owner.Dispose();
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(later);
        held.LetGo();
        Assert.True(held.Error is null or ObjectDisposedException, held.Error?.ToString());
        Assert.Throws<ObjectDisposedException>(later);
    }

    private static float[] Answer(SamModel model, SamEmbedding embedding)
    {
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);
        return Values(predictor.Predict(click));
    }

    private static float[] Values(SamPrediction prediction) => [.. prediction.LogitValues, .. prediction.Scores];

    private static string[] Masks(SamModel model, SamEmbedding embedding)
    {
        using AutomaticMaskGenerator generator = new(model, grid);
        return Codes(generator.Generate(embedding));
    }

    private static string[] Codes(IReadOnlyList<AutomaticMask> masks) =>
        [.. masks.Select(mask => mask.Segmentation.ToCocoRle() + mask.PredictedIou)];

    private sealed class Act(Action action) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => action();
    }
}
