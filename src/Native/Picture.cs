namespace SamNative.Native;

/// <summary>An encoded picture that answers prompts, one caller at a time.</summary>
internal sealed class Picture : IDisposable
{
    private readonly SamPredictor predictor;
    private readonly SamPrediction prediction = new();
    private readonly Lock gate = new();

    public Picture(SamModel model, ImageView image)
    {
        Pixels = image.Width * image.Height;
        predictor = model.CreatePredictor();
        try
        {
            using SamEmbedding embedding = model.Encode(image);
            predictor.SetEmbedding(embedding);
        }
        catch
        {
            predictor.Dispose();
            throw;
        }
    }

    /// <summary>Pixels of the picture, and bytes of a mask.</summary>
    public int Pixels { get; }

    /// <summary>Answers a prompt; the answer is handed out under the lock, since the next one overwrites it.</summary>
    public void Predict(SamPrompt prompt, bool multimask, Action<SamPrediction> use)
    {
        lock (gate)
        {
            predictor.Predict(prompt, prediction, multimask);
            use(prediction);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            predictor.Dispose();
        }
    }
}
