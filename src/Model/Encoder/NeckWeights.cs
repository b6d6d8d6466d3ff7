namespace SamNative;

/// <summary>The packed weights of a neck: what follows the transformer of every image encoder of the family.</summary>
internal sealed class NeckWeights
{
    /// <param name="name">What the names of its tensors begin with.</param>
    /// <param name="inputs">Channels of what it is given.</param>
    /// <param name="outputs">Channels of its result.</param>
    public NeckWeights(WeightLoader loader, string name, int inputs, int outputs)
    {
        Reduce = loader.Linear(name + "0.weight", null, inputs, LinearMap.Identity(inputs, outputs));
        ReduceNorm = loader.Norm(name + "1", Norm.Epsilon6);
        Convolve = new Convolution(loader, name + "2.weight", outputs, outputs, loader.Norm(name + "3", Norm.Epsilon6));
    }

    /// <summary>neck.0, 1 x 1.</summary>
    public Linear Reduce { get; }

    /// <summary>neck.1.</summary>
    public Norm ReduceNorm { get; }

    /// <summary>neck.2, 3 x 3, and neck.3.</summary>
    public Convolution Convolve { get; }
}
