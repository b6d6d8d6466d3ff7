using SamNative.Kernels;

namespace SamNative;

/// <summary>How a model is loaded and run. None of it changes a result.</summary>
public sealed record SamOptions
{
    private readonly int threads;

    /// <summary>
    /// The most <see cref="Threads"/> there may be: 64, or the logical processors that the process may use where these are more.
    /// </summary>
    public static int MaxThreads { get; } = Math.Max(Environment.ProcessorCount, 64);

    /// <summary>
    /// Threads that share the work, the calling one among them: 1 to <see cref="MaxThreads"/>, or 0 for one per physical core
    /// within the process's quota. Each takes some MB of its own.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less or more.</exception>
    public int Threads
    {
        get => threads;
        init => threads = value >= 0 && value <= MaxThreads
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"{value} threads were asked for: give 1 to {MaxThreads}, or 0 for one per physical core.");
    }

    /// <summary>
    /// The instruction set to use; null takes <see cref="Kernels.Isa.Found"/>, the best one that the processor has and the
    /// program was compiled for, or what SAMNATIVE_ISA forces. <see cref="Kernels.Isa.Processor"/> says what the processor has.
    /// </summary>
    public IsaLevel? Isa { get; init; }

    /// <summary>Loads weights that hold NaN or infinities instead of refusing them.</summary>
    public bool AllowNonFiniteWeights { get; init; }

    /// <summary>
    /// Loads a file with further tensors that the model has no place for instead of refusing it. They are left out, and
    /// listed in <see cref="SamModel.Notes"/>.
    /// </summary>
    public bool IgnoreUnexpectedTensors { get; init; }

    /// <summary>
    /// Reads the weights that answer prompts when the first predictor is made, not at once: 20 MB of a ViT-B, for programs
    /// that may only encode. Until then the file, stream or memory has to stay as it is, and what is wrong with those
    /// weights is not found.
    /// </summary>
    public bool DeferDecoder { get; init; }

    /// <summary>Makes the threads in tests: more than there may be, or some that cannot be started. Null takes the usual ones.</summary>
    internal Func<WorkerPool>? MakePool { get; init; }

    /// <summary>
    /// Multiplies all weights as they are, never by Strassen's algorithm: to measure what that gives. The only one that
    /// changes results, by rounding, and so for measurements alone.
    /// </summary>
    internal bool Plain { get; init; }
}
