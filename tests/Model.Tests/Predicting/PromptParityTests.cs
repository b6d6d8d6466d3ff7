using Xunit;

namespace SamNative.Model.Tests.Predicting;

/// <summary>Every prompt case of the reference values, from the picture to the mask, within the bars of parity.</summary>
public sealed class PromptParityTests
{
    private const double IouBar = 5e-6;

    /// <summary>A pixel may differ from the reference mask only where its own logit is below this in size.</summary>
    private const double NearZero = 1e-4;

    [Theory]
    [InlineData("tiny", "playground_small", 2e-5, true)]
    [InlineData("tiny", "tree_small", 2e-5, true)]
    [InlineData("demo", "playground", 6e-5, true)]
    [InlineData("tiny", "playground_small", 2e-5, false)]
    [InlineData("tiny", "tree_small", 2e-5, false)]
    [InlineData("demo", "playground", 6e-5, false)]
    public void Logits_scores_and_masks_are_the_original_s(string modelName, string picture, double bar, bool folds)
    {
        using SamModel model = TestModels.Load(modelName);
        using SamEmbedding embedding = model.Encode(TestModels.Picture(picture).View);
        Check(model, $"{modelName}.{picture}", embedding, bar, folds);
    }

    /// <param name="folds">Whether short prompts are folded into weights, or decoded as long ones are.</param>
    internal static void Check(SamModel model, string name, SamEmbedding embedding, double bar, bool folds = true)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"{name}.prompts.safetensors");
        using SamPredictor predictor = model.CreatePredictor();
        predictor.FoldsShortPrompts = folds;
        predictor.SetEmbedding(embedding);
        foreach (PromptCase item in PromptCase.Of(reference))
        {
            SamPrediction prediction = predictor.Predict(item.ToPrompt(), item.Multimask);
            Assert.Equal(item.Masks, prediction.Masks.Count);

            Closeness logits = Closeness.Of(prediction.LogitValues, item.LowResLogits);
            Closeness scores = Closeness.Of(prediction.Scores, item.Iou);
            TestContext.Current.TestOutputHelper?.WriteLine($"{name} {item.Name}: logits {logits}; IoU {scores.MaxAbs:E2}");
            Assert.True(logits.MaxAbs <= bar, $"{item.Name}: low-resolution logits {logits}");
            Assert.True(scores.MaxAbs <= IouBar, $"{item.Name}: predicted IoU {scores}");
            CheckMasks(predictor, prediction, item);
        }
    }

    private static void CheckMasks(SamPredictor predictor, SamPrediction prediction, PromptCase item)
    {
        int width = prediction.Masks[0].Width;
        int pixels = width * prediction.Masks[0].Height;
        float[] full = new float[prediction.Masks.Count * pixels];
        for (int m = 0; m < prediction.Masks.Count; m++)
        {
            Span<float> logits = full.AsSpan(m * pixels, pixels);
            predictor.CopyLogits(prediction, m, logits);
            for (int i = 0; i < pixels; i++)
            {
                bool inside = prediction.Masks[m][i % width, i / width];
                Assert.True(inside == (logits[i] > 0), $"{item.Name}: mask {m} and its own logits disagree at pixel {i}");
                if (inside != item.Bit(m, i))
                {
                    Assert.True(Math.Abs(logits[i]) < NearZero, $"{item.Name}: mask {m}, pixel {i} has the logit {logits[i]}");
                }
            }
        }

        long[] positions = item.FullLogitsIndex;
        float[] expected = item.FullLogits;
        for (int i = 0; i < positions.Length; i++)
        {
            Assert.Equal(expected[i], full[positions[i]], 1e-4f);
        }
    }
}
