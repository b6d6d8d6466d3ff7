using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// One step of an encoder: a piece of the original's graph that runs as one parallel pass. A step is its description and its
/// work: which maps it reads and writes, into how many pieces it falls, what a worker needs for one of them, and doing it.
/// </summary>
public abstract unsafe class EncoderStep
{
    private protected EncoderStep(StepDescription description, ActivationMap[] reads, ActivationMap[] writes)
    {
        Name = description.Name;
        Kind = description.Kind;
        Fused = description.Fused;
        Input = description.Input;
        Output = description.Output;
        Flops = description.Flops;
        WeightBytes = description.Weights * sizeof(float);
        ActivationBytes = sizeof(float) * (Product(description.Input) + Product(description.Output));
        Reads = reads;
        Writes = writes;
    }

    /// <summary>Its name in the original, for example blocks.3.attn.qkv.</summary>
    public string Name { get; }

    /// <summary>What it computes, the same for all steps of the kind: qkv, mlp, attention over windows …</summary>
    public string Kind { get; }

    /// <summary>What happens in the same pass.</summary>
    public string Fused { get; }

    /// <summary>Shape of what it reads.</summary>
    public IReadOnlyList<int> Input { get; }

    /// <summary>Shape of what it writes.</summary>
    public IReadOnlyList<int> Output { get; }

    /// <summary>Useful floating-point operations: two per multiply-add that the result needs.</summary>
    public long Flops { get; }

    /// <summary>Bytes of weights it streams at least once, as floats.</summary>
    public long WeightBytes { get; }

    /// <summary>Bytes of activations it reads and writes.</summary>
    public long ActivationBytes { get; }

    /// <summary>The maps it reads.</summary>
    public IReadOnlyList<ActivationMap> Reads { get; }

    /// <summary>The maps it writes; none where it writes the encoder's result.</summary>
    public IReadOnlyList<ActivationMap> Writes { get; }

    /// <summary>Into how many pieces the step falls, which any worker may take in any order.</summary>
    internal abstract int Pieces { get; }

    /// <summary>The floats that a worker needs for a piece.</summary>
    internal abstract nint ScratchFloats(KernelSet kernels);

    /// <summary>Does one piece.</summary>
    /// <param name="scratch">The worker's own memory of at least <see cref="ScratchFloats"/>; it holds anything.</param>
    internal abstract void Run(EncoderRun run, int piece, float* scratch);

    private static long Product(int[] shape) => shape.Aggregate(1L, (all, side) => all * side);
}

/// <summary>What can be said of a step before there are weights.</summary>
/// <param name="Name">See <see cref="EncoderStep.Name"/>.</param>
/// <param name="Kind">See <see cref="EncoderStep.Kind"/>.</param>
/// <param name="Fused">See <see cref="EncoderStep.Fused"/>.</param>
/// <param name="Input">See <see cref="EncoderStep.Input"/>.</param>
/// <param name="Output">See <see cref="EncoderStep.Output"/>.</param>
/// <param name="Flops">See <see cref="EncoderStep.Flops"/>.</param>
/// <param name="Weights">Values of its weights.</param>
internal sealed record StepDescription(
    string Name, string Kind, string Fused, int[] Input, int[] Output, long Flops, long Weights)
{
    /// <summary>The operations of a matrix product.</summary>
    public static long ProductFlops(long rows, long depth, long columns) => 2 * rows * depth * columns;
}
