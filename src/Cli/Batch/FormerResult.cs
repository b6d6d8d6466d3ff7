using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>A file in the place of a result, perhaps one of an earlier run.</summary>
internal static class FormerResult
{
    /// <summary>
    /// Whether a file is a result that was cut short: nobody can use it, and it may be replaced. A copy of an earlier run's
    /// results may have been broken off.
    /// </summary>
    public static bool IsCutShort(SafetensorsError error) => error
        is SafetensorsError.FileTooShort or SafetensorsError.HeaderBeyondFile or SafetensorsError.FileLengthMismatch;

    /// <summary>What is said where it is something else.</summary>
    public static CommandFailedException InTheWay(string target, string reason) => new(
        $"{target} is in the way: {reason}. Choose another folder, or replace everything in this one with --force.");
}
