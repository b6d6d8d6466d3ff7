using Microsoft.ML.OnnxRuntime;

namespace SamNative.Bench;

/// <summary>ONNX Runtime with the original's graph, on input and output memory that is bound once.</summary>
internal sealed class OrtEncoder(string model, string input, int threads) : IEngine
{
    private readonly float[] pixels = FloatFile.Read(input);
    private readonly float[] embedding = new float[256 * 64 * 64];
    private BoundSession? session;

    public string Description => OrtOptions.Describe(threads);

    public void Load()
    {
        using SessionOptions options = OrtOptions.Create(threads);
        session = new BoundSession(
            new InferenceSession(model, options), ("x", pixels, [1, 3, 1024, 1024]), ("y", embedding, [1, 256, 64, 64]));
    }

    public void Run(int item) => session!.Run();

    public ReadOnlySpan<float> Output(int item) => embedding;

    public void Dispose() => session?.Dispose();
}
