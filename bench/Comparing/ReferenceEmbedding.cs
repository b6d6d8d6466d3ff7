using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// What the original computes in double precision of the sample picture with the synthetic weights: a time counts only
/// where the result is right.
/// </summary>
internal static class ReferenceEmbedding
{
    /// <summary>[1, 256, 64, 64].</summary>
    public static float[] Read()
    {
        const string Name = "embedding";
        using SafetensorsFile file = SafetensorsFile.Open(Workspace.ReferenceValues);
        if (!file.TryGet(Name, out TensorInfo? tensor))
        {
            throw new BenchFailedException($"{Workspace.ReferenceValues} holds no tensor {Name}.");
        }

        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }

    /// <summary>Checks the last output of an encoder, where there are reference values for its weights.</summary>
    public static void Check(EncoderFiles files, EngineProcess engine)
    {
        if (files.IsReference)
        {
            Check(engine.Name, Closeness.Of(engine.Output(), Read()));
        }
    }

    /// <summary>Checks an error against the bar.</summary>
    public static void Check(string engine, Closeness error)
    {
        if (!error.IsWithin(Closeness.Bar))
        {
            throw new BenchFailedException(
                $"the embedding of {engine} is wrong, so its time means nothing: its error, max abs / relative RMS, is "
                + $"{error}, the bar is {Closeness.Bar}. Nothing was written.");
        }
    }
}
