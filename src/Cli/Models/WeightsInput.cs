using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>A file of weights that a verb looks at as a file, and not as a model to compute with.</summary>
internal static class WeightsInput
{
    /// <summary>Opens a path or known name, or stdin where it is -; stdin is held in memory, 2 GB at most.</summary>
    public static TensorSource Open(string name, CancellationToken cancellation, bool ignoreChecksums = false) =>
        name == Output.Standard
            ? CheckpointFile.Open(
                InputFile.OpenStandard(cancellation), name: "<stdin>", ignoreChecksums: ignoreChecksums)
            : KnownModels.Open(name, cancellation, ignoreChecksums);
}
