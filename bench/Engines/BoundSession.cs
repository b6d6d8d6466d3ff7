using Microsoft.ML.OnnxRuntime;

namespace SamNative.Bench;

/// <summary>A session of ONNX Runtime whose one input and one output lie in memory of ours: a run allocates nothing.</summary>
internal sealed class BoundSession : IDisposable
{
    private readonly InferenceSession session;
    private readonly OrtValue input;
    private readonly OrtValue output;
    private readonly OrtIoBinding binding;
    private readonly RunOptions options = new();

    public BoundSession(
        InferenceSession loaded, (string Name, float[] Values, long[] Shape) from, (string Name, float[] Values, long[] Shape) to)
    {
        session = loaded;
        input = OrtValue.CreateTensorValueFromMemory(from.Values, from.Shape);
        output = OrtValue.CreateTensorValueFromMemory(to.Values, to.Shape);
        binding = session.CreateIoBinding();
        binding.BindInput(from.Name, input);
        binding.BindOutput(to.Name, output);
    }

    public void Run() => session.RunWithBinding(options, binding);

    public void Dispose()
    {
        binding.Dispose();
        input.Dispose();
        output.Dispose();
        options.Dispose();
        session.Dispose();
    }
}
