using SamNative.Weights;

namespace SamNative;

/// <summary>
/// An image encoder as a static graph, built once from the shapes of the weights for one frame: the ordered steps, and where
/// every intermediate lies. It can be read and printed; a loaded model runs it step by step.
/// </summary>
public sealed class EncoderPlan
{
    internal EncoderPlan(Frame frame, IReadOnlyList<EncoderStep> steps, long parameters)
    {
        Frame = frame;
        Steps = steps;
        (Maps, long floats) = ArenaLayout.Place(steps);
        ArenaBytes = floats * sizeof(float);
        Flops = steps.Sum(step => step.Flops);
        Parameters = parameters;
    }

    /// <summary>The grid of tokens it runs on.</summary>
    public Frame Frame { get; }

    /// <summary>The steps in the order they run.</summary>
    public IReadOnlyList<EncoderStep> Steps { get; }

    /// <summary>The intermediates, by their place in the arena.</summary>
    public IReadOnlyList<ActivationMap> Maps { get; }

    /// <summary>The size of the arena.</summary>
    public long ArenaBytes { get; }

    /// <summary>Useful floating-point operations of one picture that fills the frame.</summary>
    public long Flops { get; }

    /// <summary>The encoder's parameters (values of its tensors).</summary>
    public long Parameters { get; }

    /// <summary>The plan of a model, for the square it was trained with; to look at, since there are no weights to run it with.</summary>
    public static EncoderPlan Create(SamConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return VitPlan.Create(VitGeometry.Square(config, config.ImgSize, plain: false), parts: null);
    }
}
