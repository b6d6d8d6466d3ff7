namespace SamNative;

/// <summary>Three linear layers with ReLU between them.</summary>
internal sealed record OutputMlp(Linear First, Linear Second, Linear Third)
{
    public static OutputMlp Load(WeightLoader loader, string name, int inputs, int hidden, int outputs) => new(
        loader.Linear(name + ".layers.0", inputs, hidden),
        loader.Linear(name + ".layers.1", hidden, hidden),
        loader.Linear(name + ".layers.2", hidden, outputs));
}
