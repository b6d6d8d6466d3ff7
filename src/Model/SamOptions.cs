using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// How a model is loaded and run. <see cref="InputSize"/> and <see cref="InputFit"/> change results, nothing else does.
/// </summary>
public sealed record SamOptions
{
    /// <summary>The smallest <see cref="InputSize"/>.</summary>
    public const int MinInputSize = 256;

    /// <summary>The largest <see cref="InputSize"/>.</summary>
    public const int MaxInputSize = 2048;

    private readonly int threads;
    private readonly int? inputSize;

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
        init => threads = CheckThreads(value);
    }

    /// <summary>
    /// Pixels per side of the square that pictures are brought to: a multiple of the model's patch,
    /// <see cref="MinInputSize"/> to <see cref="MaxInputSize"/>; null takes the checkpoint's own, 1,024 for the published
    /// models. A smaller one is faster and coarser: positions are resized, and the model was not trained for it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less or more.</exception>
    public int? InputSize
    {
        get => inputSize;
        init => inputSize = value is null or (>= MinInputSize and <= MaxInputSize)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"An input size of {value} pixels was asked for: give {MinInputSize} to {MaxInputSize}, a multiple of the patch.");
    }

    /// <summary>Whether pictures are padded to the square, as the original does it, or run in a frame of their own shape.</summary>
    public InputFit InputFit { get; init; }

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

    internal static int CheckThreads(int value) => value >= 0 && value <= MaxThreads
        ? value
        : throw new ArgumentOutOfRangeException(
            nameof(value), $"{value} threads were asked for: give 1 to {MaxThreads}, or 0 for one per physical core.");

    /// <summary>Makes the threads in tests: more than there may be, or some that cannot be started. Null takes the usual ones.</summary>
    internal Func<WorkerPool>? MakePool { get; init; }

    /// <summary>
    /// Multiplies all weights as they are, never by Strassen's algorithm: to measure what that gives. The only one that
    /// changes results, by rounding, and so for measurements alone.
    /// </summary>
    internal bool Plain { get; init; }
}
