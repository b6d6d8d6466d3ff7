using SamNative.Kernels;

namespace SamNative;

/// <summary>How a model is loaded and run. None of it changes a result.</summary>
public sealed record SamOptions
{
    /// <summary>Threads that share the work; 0 takes one per physical core within the process's quota.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// The instruction set to use; null takes <see cref="Kernels.Isa.Found"/>, the best one that the processor has and the
    /// program was compiled for, or what SAMNATIVE_ISA forces. <see cref="Kernels.Isa.Processor"/> says what the processor has.
    /// </summary>
    public IsaLevel? Isa { get; init; }

    /// <summary>Loads weights that hold NaN or infinities instead of refusing them.</summary>
    public bool AllowNonFiniteWeights { get; init; }

    /// <summary>
    /// Reads the weights that answer prompts when the first predictor is made, not at once: 20 MB of a ViT-B, for programs
    /// that may only encode. Until then the file, stream or memory has to stay as it is, and what is wrong with those
    /// weights is not found.
    /// </summary>
    public bool DeferDecoder { get; init; }

    /// <summary>
    /// Multiplies all weights as they are, never by Strassen's algorithm: to measure what that gives. The only one that
    /// changes results, by rounding, and so for measurements alone.
    /// </summary>
    internal bool Plain { get; init; }
}
