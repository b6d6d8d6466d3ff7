using Xunit;

namespace SamNative.Model.Tests.Lifetimes;

/// <summary>
/// One writer or many readers: who comes second is told so, always, and nothing of it is mixed into the first one's result.
/// </summary>
public sealed class SecondCallerTests : IDisposable
{
    private static readonly SamPrompt click = SamPrompt.At(40, 40);

    private readonly ImageView picture = TestModels.Picture("playground_small").View;
    private readonly ImageView tree = TestModels.Picture("tree_small").View;
    private readonly SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
    private readonly SamPredictor predictor;
    private readonly SamPrediction prediction = new();
    private readonly SamEmbedding embedding;
    private readonly AutomaticMaskGenerator generator;

    public SecondCallerTests()
    {
        predictor = model.CreatePredictor();
        embedding = model.Encode(picture);
        predictor.SetEmbedding(embedding);
        predictor.Predict(click, prediction);
        generator = new AutomaticMaskGenerator(model, new() { PointsPerSide = 4, PredIouThresh = 0, StabilityScoreThresh = 0 });
    }

    /// <summary>Calls without a piece of work are over before anybody could come second.</summary>
    public static TheoryData<string, string> OfAPredictor =>
        Pairs(PredictorCalls.Keys.Except(["CopyLogits", "Reset"]), PredictorCalls.Keys);

    public static TheoryData<string, string> OfAnEmbedding => Pairs(["encode into"], EmbeddingReads.Keys.Append("encode into"));

    public static TheoryData<string> OfAPrediction => [.. PredictionReads.Keys];

    private static Dictionary<string, Action<SecondCallerTests>> PredictorCalls { get; } = new()
    {
        ["SetImage"] = test => test.predictor.SetImage(test.tree),
        ["SetEmbedding"] = test => test.predictor.SetEmbedding(test.embedding),
        ["Predict"] = test => test.predictor.Predict(click),
        ["Predict into"] = test => test.predictor.Predict(click, new SamPrediction()),
        ["CopyLogits"] = test => test.predictor.CopyLogits(test.prediction, 0, new float[180 * 120]),
        ["Reset"] = test => test.predictor.Reset(),
    };

    private static Dictionary<string, Action<SecondCallerTests>> EmbeddingReads { get; } = new()
    {
        ["SetEmbedding"] = test => test.predictor.SetEmbedding(test.embedding),
        ["Generate"] = test => test.generator.Generate(test.embedding),
        ["Save"] = test => test.embedding.Save(Stream.Null),
        ["Tensor"] = test => _ = test.embedding.Tensor.FlattenedLength,
    };

    private static Dictionary<string, Action<SecondCallerTests>> PredictionReads { get; } = new()
    {
        ["Predict into"] = test =>
        {
            using SamPredictor other = test.model.CreatePredictor();
            other.SetEmbedding(test.embedding);
            other.Predict(click, test.prediction);
        },
        ["Masks"] = test => _ = test.prediction.Masks,
        ["Scores"] = test => _ = test.prediction.Scores.Length,
        ["Best"] = test => _ = test.prediction.Best,
        ["LowResLogits"] = test => _ = test.prediction.LowResLogits.FlattenedLength,
        ["LowResLogitsOf"] = test => test.prediction.LowResLogitsOf(0),
        ["CopyTo"] = test => test.prediction.CopyTo(0, new byte[180 * 120]),
    };

    public void Dispose()
    {
        generator.Dispose();
        predictor.Dispose();
        embedding.Dispose();
        model.Dispose();
    }

    [Theory]
    [MemberData(nameof(OfAPredictor))]
    public void On_a_predictor(string first, string second)
    {
        Meets(PredictorCalls[first], PredictorCalls[second], "predictor");
        predictor.SetEmbedding(embedding);
        Assert.Equal(Values(prediction), Values(predictor.Predict(click)));
    }

    [Theory]
    [MemberData(nameof(OfAnEmbedding))]
    public void On_an_embedding(string first, string second)
    {
        _ = first;
        float[] expected = [.. embedding.Values];
        void Encode(SecondCallerTests test) => test.model.Encode(test.picture, test.embedding);
        Meets(Encode, second == "encode into" ? Encode : EmbeddingReads[second], "embedding");
        Assert.Equal(expected, embedding.Values);
    }

    [Fact]
    public void Encoding_into_an_embedding_that_is_read()
    {
        Meets(EmbeddingReads["Generate"], test => test.model.Encode(test.tree, test.embedding), "embedding");
        using HeldCall held = HeldCall.Start(() => generator.Generate(embedding));
        embedding.Save(Stream.Null);
        predictor.SetEmbedding(embedding);
    }

    [Theory]
    [MemberData(nameof(OfAPrediction))]
    public void On_a_prediction(string second)
    {
        float[] expected = Values(prediction);
        Meets(test => test.predictor.Predict(click, test.prediction), PredictionReads[second], "prediction");
        Assert.Equal(expected, Values(prediction));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void On_a_generator(bool fromCallback)
    {
        void Generate(SecondCallerTests test) => test.generator.Generate(test.embedding);
        if (!fromCallback)
        {
            Meets(Generate, Generate, "generator");
            return;
        }

        InvalidOperationException? error = null;
        generator.Generate(
            embedding, progress: new Act(() => error ??= Assert.Throws<InvalidOperationException>(() => Generate(this))));
        Assert.Contains("generator", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_cancelled_holds_nothing()
    {
        using CancellationTokenSource source = new();
        Act cancel = new(source.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(() => model.Encode(tree, embedding, cancel, source.Token));
        Assert.Contains(
            "holds no picture", Assert.Throws<InvalidOperationException>(() => predictor.SetEmbedding(embedding)).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => embedding.Save(Stream.Null));
        Assert.ThrowsAny<OperationCanceledException>(
            () => predictor.Predict(SamPrompt.At(100, 60), prediction, cancellationToken: source.Token));
        Assert.Equal((0, 0, 0), (prediction.Count, prediction.Masks.Count, prediction.Scores.Length));
        Assert.Throws<InvalidOperationException>(() => prediction.LowResLogitsOf(0));
        model.Encode(picture, embedding);
        predictor.SetEmbedding(embedding);
        predictor.Predict(click, prediction);
        Assert.Equal(3, prediction.Count);
    }

    private static TheoryData<string, string> Pairs(IEnumerable<string> firsts, IEnumerable<string> seconds)
    {
        TheoryData<string, string> pairs = [];
        foreach (string first in firsts)
        {
            foreach (string second in seconds)
            {
                pairs.Add(first, second);
            }
        }

        return pairs;
    }

    /// <summary>The second call meets the first in the middle of its work, is told so, and the first ends well.</summary>
    private void Meets(Action<SecondCallerTests> first, Action<SecondCallerTests> second, string what)
    {
        using HeldCall held = HeldCall.Start(() => first(this), piece: 1);
        Assert.True(held.IsHeld);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => second(this));
        Assert.Contains($"This {what} is in use", error.Message, StringComparison.Ordinal);
        held.LetGo();
        Assert.Null(held.Error);
    }

    private static float[] Values(SamPrediction answer) => [.. answer.LogitValues, .. answer.ScoreValues];

    private sealed class Act(Action action) : IProgress<SamProgress>
    {
        public void Report(SamProgress value) => action();
    }
}
