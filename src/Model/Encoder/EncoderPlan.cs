using SamNative.Weights;

namespace SamNative;

/// <summary>What a step of the encoder computes.</summary>
public enum EncoderOperation
{
    /// <summary>The 16 x 16 convolution that makes tokens of pixels, plus bias and positions.</summary>
    PatchEmbed,

    /// <summary>LayerNorm, then queries, keys and values of all heads.</summary>
    Qkv,

    /// <summary>Attention with relative positions, in windows or over the whole grid.</summary>
    Attention,

    /// <summary>The projection of the attended values, plus residual.</summary>
    Projection,

    /// <summary>LayerNorm, two linear layers with GELU between them, plus residual.</summary>
    Mlp,

    /// <summary>The 1 x 1 convolution of the neck and its LayerNorm2d.</summary>
    NeckReduce,

    /// <summary>The 3 x 3 convolution of the neck and its LayerNorm2d.</summary>
    NeckConvolve,
}

/// <summary>One step of the encoder: a piece of the original's graph that runs as one parallel pass.</summary>
/// <param name="Name">Its name in the original, for example blocks.3.attn.qkv.</param>
/// <param name="Operation">What it computes.</param>
/// <param name="Block">The transformer block it belongs to; -1 outside of them.</param>
/// <param name="Fused">What happens in the same pass.</param>
/// <param name="Input">Shape of what it reads.</param>
/// <param name="Output">Shape of what it writes.</param>
/// <param name="Flops">Useful floating-point operations: two per multiply-add that the result needs.</param>
/// <param name="WeightBytes">Bytes of weights it streams at least once.</param>
/// <param name="ActivationBytes">Bytes of activations it reads and writes.</param>
/// <param name="Reads">The arena slots it reads.</param>
/// <param name="Writes">The arena slots it writes.</param>
public sealed record EncoderStep(
    string Name,
    EncoderOperation Operation,
    int Block,
    string Fused,
    IReadOnlyList<int> Input,
    IReadOnlyList<int> Output,
    long Flops,
    long WeightBytes,
    long ActivationBytes,
    IReadOnlyList<string> Reads,
    IReadOnlyList<string> Writes);

/// <summary>A place in the arena that intermediates take while they live.</summary>
/// <param name="Name">pixels, x, q, k, v or neck.</param>
/// <param name="Floats">Its size.</param>
/// <param name="Offset">Where it begins, in floats.</param>
/// <param name="FirstStep">The first step that needs it.</param>
/// <param name="LastStep">The last step that needs it.</param>
public sealed record ArenaSlot(string Name, long Floats, long Offset, int FirstStep, int LastStep);

/// <summary>
/// The image encoder as a static graph, built once from the shapes of the weights: the ordered steps, and where every
/// intermediate lies. It can be read and printed; the executors follow it step by step.
/// </summary>
public sealed class EncoderPlan
{
    private EncoderPlan(SamConfig config, EncoderGeometry geometry, IReadOnlyList<EncoderStep> steps, ArenaLayout arena)
    {
        Config = config;
        Geometry = geometry;
        Steps = steps;
        Slots = arena.Slots;
        ArenaBytes = arena.Floats * sizeof(float);
        Flops = steps.Sum(step => step.Flops);
        Parameters = new SamLayout(config).Encoder.Sum(tensor => tensor.ElementCount);
    }

    /// <summary>The model's hyper-parameters, read off its tensors.</summary>
    public SamConfig Config { get; }

    /// <summary>The steps in the order they run.</summary>
    public IReadOnlyList<EncoderStep> Steps { get; }

    /// <summary>The places of the intermediates in the arena.</summary>
    public IReadOnlyList<ArenaSlot> Slots { get; }

    /// <summary>The size of the arena.</summary>
    public long ArenaBytes { get; }

    /// <summary>Useful floating-point operations of one picture that fills the square.</summary>
    public long Flops { get; }

    /// <summary>The encoder's parameters (values of its tensors).</summary>
    public long Parameters { get; }

    internal EncoderGeometry Geometry { get; }

    /// <summary>Builds the plan of a model.</summary>
    public static EncoderPlan Create(SamConfig config) => Create(config, plain: false);

    /// <inheritdoc cref="Create(SamConfig)"/>
    /// <param name="plain">See <see cref="SamOptions.Plain"/>.</param>
    internal static EncoderPlan Create(SamConfig config, bool plain)
    {
        EncoderGeometry geometry = new(config, plain);
        PlanBuilder builder = new(config, geometry);
        return new EncoderPlan(config, geometry, builder.Steps, new ArenaLayout(builder.Steps, builder.SlotFloats));
    }

    /// <summary>A slot by name.</summary>
    internal ArenaSlot Slot(string name) => Slots.First(slot => slot.Name == name);
}
