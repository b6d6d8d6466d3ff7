using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Writes down the steps of an encoder that begins as SAM's vision transformer does. What follows the transformer is put
/// together of a neck, convolutions and the like.
/// </summary>
/// <param name="parts">Null for a plan to look at.</param>
internal sealed class VitSteps(VitGeometry g, VitParts? parts)
{
    private readonly VitMaps maps = VitMaps.Of(g);
    private readonly List<EncoderStep> steps = [];
    private readonly KernelSet? kernels = parts?.Kernels;
    private readonly int workers = parts?.Workers ?? 1;

    /// <summary>The embedding of patches: the first step.</summary>
    public void Embed() => steps.Add(new PatchEmbedStep(g, maps, parts));

    /// <summary>Some of the transformer's blocks.</summary>
    public void Blocks(int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            steps.Add(new QkvStep(g, i, maps, parts));
            steps.Add(new AttentionStep(g, i, maps, parts));
            steps.Add(new ProjectionStep(g, i, maps, parts));
            steps.Add(new MlpStep(g, i, maps, parts));
        }
    }

    /// <summary>A neck on what the last block gave.</summary>
    /// <param name="name">What it is called: neck.</param>
    public ActivationMap Neck(string name, NeckWeights? weights)
    {
        ActivationMap reduced = ActivationMap.OfRows(name, g.Frame, g.Config.NeckChannels);
        steps.Add(new NeckReduceStep(name, maps.X, reduced, weights, kernels, workers));
        ActivationMap result = ActivationMap.OfRows($"{name}.2", g.Frame, g.Config.NeckChannels);
        steps.Add(new ConvolveStep($"{name}.2", reduced, result, 1, $"{name}.3", weights?.Convolve, kernels, workers));
        return result;
    }

    /// <summary>A 3 x 3 convolution of stride 2, without a norm.</summary>
    public ActivationMap Halve(string name, ActivationMap from, int outputs, Convolution? weights)
    {
        ActivationMap to = Map(name, Convolution.Outputs(from.Rows, 2), Convolution.Outputs(from.Columns, 2), outputs);
        steps.Add(new ConvolveStep(name, from, to, 2, norm: null, weights, kernels, workers));
        return to;
    }

    /// <summary>A map brought to a square of another side.</summary>
    public ActivationMap Resize(string name, ActivationMap from, int side)
    {
        ActivationMap to = Map(name, side, side, from.Channels);
        steps.Add(new ResizeStep(name, from, to));
        return to;
    }

    /// <summary>map = map + factor * other.</summary>
    public void Add(string name, ActivationMap map, ActivationMap other, float factor) =>
        steps.Add(new AddStep(name, map, other, factor));

    /// <summary>The plan of all steps, with one more that takes a map out.</summary>
    /// <param name="parameters">Values of the encoder's tensors.</param>
    public EncoderPlan End(ActivationMap result, ResultLayout layout, long parameters)
    {
        steps.Add(new ResultStep(result, layout));
        return new EncoderPlan(g.Frame, steps, parameters);
    }

    private ActivationMap Map(string name, int rows, int columns, int channels) =>
        ActivationMap.OfRows(name, new Frame(rows, columns, g.Frame.Patch), channels);
}
