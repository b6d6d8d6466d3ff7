using SamNative.Weights;

namespace SamNative.Model.Tests.Determinism;

/// <summary>What is computed of the small models to be compared with the committed hashes.</summary>
internal static partial class GoldenModels
{
    /// <summary>Models, each with a picture.</summary>
    public static (string Model, string Picture)[] Small { get; } =
        [("tiny", "playground_small"), ("tiny", "tree_small"), ("demo", "playground")];

    /// <summary>Large enough for Strassen's algorithm, and a last block of rows that is not whole.</summary>
    public static SamConfig ManyTokens { get; } =
        SamConfig.VitB with { ImgSize = 736, Depth = 2, GlobalAttnIndexes = [1], Seed = 6 };

    /// <summary>The hash of a picture's embedding.</summary>
    public static string Embedding(SamModel model, string picture)
    {
        using SamEmbedding embedding = model.Encode(TestModels.Picture(picture).View);
        return Hashes.Of(embedding.Values);
    }

    /// <summary>The hash of all logits and scores of the reference prompts.</summary>
    public static string Logits(SamModel model, string modelName, string picture)
    {
        using ReferenceTensors reference = ReferenceTensors.Open($"{modelName}.{picture}.prompts.safetensors");
        using SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(TestModels.Picture(picture).View);
        List<float> all = [];
        foreach (PromptCase item in PromptCase.Of(reference))
        {
            SamPrediction prediction = predictor.Predict(item.ToPrompt(), item.Multimask);
            all.AddRange(prediction.LogitValues);
            all.AddRange(prediction.Scores);
        }

        return Hashes.Of(all.ToArray());
    }
}
