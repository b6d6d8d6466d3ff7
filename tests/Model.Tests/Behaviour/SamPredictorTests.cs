using SamNative.Kernels;
using Xunit;

namespace SamNative.Model.Tests.Behaviour;

/// <summary>What a predictor promises besides its numbers.</summary>
public sealed class SamPredictorTests : IDisposable
{
    private readonly SamModel model = TestModels.Load("tiny", new SamOptions { Threads = 2 });
    private readonly SamEmbedding embedding;
    private readonly SamPredictor predictor;

    public SamPredictorTests()
    {
        embedding = model.Encode(TestModels.Picture("playground_small").View);
        predictor = model.CreatePredictor();
        predictor.SetEmbedding(embedding);
    }

    public void Dispose()
    {
        predictor.Dispose();
        embedding.Dispose();
        model.Dispose();
    }

    [Fact]
    public void Before_a_picture_and_after_reset_it_says_what_to_do()
    {
        using SamPredictor fresh = model.CreatePredictor();
        Assert.Null(fresh.PictureSize);
        Assert.Contains("SetImage", Assert.Throws<InvalidOperationException>(() => fresh.Predict(SamPrompt.At(1, 1))).Message, StringComparison.Ordinal);
        predictor.Reset();
        Assert.Throws<InvalidOperationException>(() => predictor.Predict(SamPrompt.At(1, 1)));
    }

    [Fact]
    public void SetImage_and_SetEmbedding_give_the_same_answer()
    {
        using SamPredictor other = model.CreatePredictor();
        other.SetImage(TestModels.Picture("playground_small").View);
        Assert.Equal(Answer(predictor, SamPrompt.At(40, 40)), Answer(other, SamPrompt.At(40, 40)));
    }

    [Fact]
    public void A_prompt_s_answer_does_not_depend_on_what_was_asked_before()
    {
        float[] alone = Answer(predictor, SamPrompt.At(40, 40));
        float[] logits = predictor.Predict(SamPrompt.At(100, 60)).LowResLogitsOf(1).ToArray();
        predictor.Predict(new SamPrompt { Points = [new(1, 2), new(3, 4, PointLabel.Background)], Box = new SamBox(0, 0, 50, 60), MaskLogits = logits });
        predictor.Predict(new SamPrompt { MaskLogits = logits });
        Assert.Equal(alone, Answer(predictor, SamPrompt.At(40, 40)));
    }

    [Fact]
    public void A_long_prompt_is_answered_alike_by_every_level_and_thread_count()
    {
        SamPrompt prompt = new() { Points = [.. Enumerable.Range(0, 150).Select(i => new SamPoint(i % 180, (i * 7) % 120, (PointLabel)(i % 3 - 1)))] };
        List<float[]> answers = [];
        foreach (IsaLevel isa in Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable))
        {
            using SamModel other = TestModels.Load("tiny", new SamOptions { Isa = isa, Threads = (int)isa + 1 });
            using SamPredictor predictor2 = other.CreatePredictor();
            predictor2.SetEmbedding(embedding);
            answers.Add(Answer(predictor2, prompt));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(answers[0], Answer(predictor, prompt));
    }

    [Fact]
    public void Extra_embeddings_follow_the_prompt_s_own_tokens()
    {
        // The token that stands for no point, given from outside, is what a point with the label -1 becomes.
        float[] notAPoint = new float[model.Config.PromptEmbedDim];
        using (Weights.SyntheticCheckpoint source = new(model.Config))
        {
            Weights.SamCheckpoint.Open(source).Read("prompt_encoder.not_a_point_embed.weight", notAPoint);
        }

        SamPrompt labelled = new() { Points = [new(40, 40), new(0, 0, PointLabel.Ignore)] };
        SamPrompt extra = new() { Points = [new(40, 40)], ExtraEmbeddings = notAPoint };
        Assert.Equal(Answer(predictor, labelled), Answer(predictor, extra));
        Assert.NotEqual(Answer(predictor, SamPrompt.At(40, 40)), Answer(predictor, extra));
        Assert.Throws<ArgumentException>(() => predictor.Predict(new SamPrompt { ExtraEmbeddings = new float[3] }));
    }

    [Fact]
    public void A_binary_mask_refines_like_confident_logits()
    {
        SamPrediction first = predictor.Predict(SamPrompt.At(50.4, 37.2));
        SamMask mask = first.Masks[first.Best];
        SamPrediction second = predictor.Predict(new SamPrompt { Mask = mask }, multimask: false);
        Assert.Single(second.Masks);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => predictor.Predict(new SamPrompt { Mask = SamMask.FromBytes(new byte[6], 3, 2) }));
        Assert.Contains("3 x 2", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => predictor.Predict(new SamPrompt { Mask = mask, MaskLogits = first.LowResLogitsOf(0) }));
    }

    [Theory]
    [InlineData(-0.1, 5)]
    [InlineData(180.1, 5)]
    [InlineData(5, 120.5)]
    [InlineData(double.NaN, 5)]
    [InlineData(5, double.PositiveInfinity)]
    public void A_point_outside_the_picture_is_refused_with_the_picture_s_frame(double x, double y)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => predictor.Predict(SamPrompt.At(x, y)));
        Assert.Contains("180", error.Message, StringComparison.Ordinal);
        Assert.Contains("120", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 10, 300, 50, "outside")]
    [InlineData(-50, -50, -1, -1, "outside")]
    [InlineData(50, 10, 50, 50, "no area")]
    [InlineData(60, 10, 50, 50, "no area")]
    [InlineData(double.NaN, 10, 50, 50, "no area")]
    [InlineData(0, 10, double.PositiveInfinity, 50, "no area")]
    public void A_box_that_cannot_be_meant_is_refused(double x0, double y0, double x1, double y1, string reason)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => predictor.Predict(SamPrompt.Around(x0, y0, x1, y1)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_box_may_reach_over_the_edge() => Assert.Equal(3, predictor.Predict(SamPrompt.Around(-5, -5, 500, 60)).Masks.Count);

    [Fact]
    public void Wrong_labels_and_wrong_mask_sizes_are_refused()
    {
        Assert.Contains("has the label 2", Assert.Throws<ArgumentException>(
            () => predictor.Predict(new SamPrompt { Points = [new SamPoint(1, 1, (PointLabel)2)] })).Message, StringComparison.Ordinal);
        Assert.Contains("64 x 64", Assert.Throws<ArgumentException>(
            () => predictor.Predict(new SamPrompt { MaskLogits = new float[10] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedding_of_another_shape_is_refused()
    {
        using SamModel demo = TestModels.Load("demo");
        using SamEmbedding other = demo.Encode(TestModels.Picture("playground_small").View);
        Assert.Contains("another model", Assert.Throws<ArgumentException>(() => predictor.SetEmbedding(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_warm_up_a_click_into_a_prediction_allocates_nothing()
    {
        SamPrompt prompt = new() { Points = [new(40, 40), new(80, 20, PointLabel.Background)], Box = new SamBox(10, 10, 100, 100) };
        SamPrediction prediction = new();
        for (int i = 0; i < 3; i++)
        {
            predictor.Predict(prompt, prediction);
        }

        // The count is the process's, and the runtime's own threads allocate now and then; a click would do so every time.
        long least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            predictor.Predict(prompt, prediction);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Two_threads_on_one_predictor_are_told_so()
    {
        using SamPredictor shared = model.CreatePredictor();
        Exception? error = null;
        shared.SetEmbedding(embedding);
        int refused = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                try
                {
                    shared.Predict(SamPrompt.At(40, 40));
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref refused);
                }
                catch (Exception unexpected) when (error is null)
                {
                    error = unexpected;
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(error);
        Assert.True(refused > 0, "four threads never met");
        Assert.Equal(Answer(predictor, SamPrompt.At(40, 40)), Answer(shared, SamPrompt.At(40, 40)));
    }

    [Fact]
    public void Full_size_logits_match_the_masks()
    {
        SamPrediction prediction = predictor.Predict(SamPrompt.At(40, 40));
        float[] logits = new float[180 * 120];
        predictor.CopyLogits(prediction, 2, logits);
        for (int i = 0; i < logits.Length; i++)
        {
            Assert.Equal(logits[i] > 0, prediction.Masks[2][i % 180, i / 180]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => predictor.CopyLogits(prediction, 2, new float[10]));
    }

    private static float[] Answer(SamPredictor predictor, SamPrompt prompt)
    {
        SamPrediction prediction = predictor.Predict(prompt);
        return [.. prediction.LogitValues, .. prediction.Scores];
    }
}
