using Microsoft.ML.OnnxRuntime;

namespace SamNative.Bench;

/// <summary>
/// ONNX Runtime's MatMul alone: a graph of one node per shape, the weight an initialiser, so that it is packed when the
/// session is made.
/// </summary>
internal sealed class OrtProducts(int threads) : IEngine
{
    private readonly List<(BoundSession Session, float[] Output)> products = [];

    public string Description => OrtOptions.Describe(threads);

    public void Load()
    {
        foreach (ProductShape shape in ProductShape.All)
        {
            using SessionOptions options = OrtOptions.Create(threads);
            float[] output = new float[shape.Rows * shape.Columns];
            BoundSession session = new(
                new InferenceSession(MatMulGraph.Create(shape), options),
                (MatMulGraph.Input, shape.Left(), [shape.Rows, shape.Depth]),
                (MatMulGraph.Output, output, [shape.Rows, shape.Columns]));
            products.Add((session, output));
        }
    }

    public void Run(int item) => products[item].Session.Run();

    public ReadOnlySpan<float> Output(int item) => products[item].Output;

    public void Dispose()
    {
        foreach ((BoundSession session, _) in products)
        {
            session.Dispose();
        }
    }
}
