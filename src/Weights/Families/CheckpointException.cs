using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>Why a checkpoint was refused: its file is of another kind, or sound, but its content does not fit.</summary>
public enum CheckpointError
{
    /// <summary>The file is neither safetensors nor PyTorch's.</summary>
    UnknownFormat,

    /// <summary>The keys belong to no layout we know.</summary>
    UnknownLayout,

    /// <summary>Keys are missing, unexpected, or of the wrong shape or type; see the exception's list.</summary>
    KeyMismatch,

    /// <summary>A configuration is not the JSON we know, or describes an impossible model.</summary>
    InvalidConfig,

    /// <summary>The configuration in the metadata says one thing, the shapes of the tensors another.</summary>
    ConfigContradiction,

    /// <summary>Two keys that stand for the same tensor hold different values.</summary>
    TiedKeysDiffer,

    /// <summary>A tensor holds NaN or an infinity.</summary>
    NotFinite,

    /// <summary>The index of a model in several files breaks a rule.</summary>
    InvalidIndex,

    /// <summary>A file that the index names is not there.</summary>
    MissingShard,

    /// <summary>A file does not hold the tensors that the index says it does.</summary>
    ShardMismatch,

    /// <summary>A file that the index names is a link that leads out of the index's folder.</summary>
    ShardOutside,
}

/// <summary>What is wrong with one key of a checkpoint.</summary>
public enum KeyProblemKind
{
    /// <summary>The model needs it, the file lacks it.</summary>
    Missing,

    /// <summary>The file has it, the model has no place for it.</summary>
    Unexpected,

    /// <summary>Its shape is not the one the model needs.</summary>
    WrongShape,

    /// <summary>Its element type cannot be read as float.</summary>
    WrongType,
}

/// <summary>One key of a checkpoint that does not fit.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Name">The key as it is, or would be, written in the file.</param>
/// <param name="Expected">The shape or the types that would fit, or null for an unexpected key.</param>
/// <param name="Found">The shape or the type in the file, or null for a missing key.</param>
public sealed record KeyProblem(KeyProblemKind Kind, string Name, string? Expected, string? Found)
{
    /// <summary>One line: the key, what was expected, what was found.</summary>
    public override string ToString() => Kind switch
    {
        KeyProblemKind.Missing => $"missing {Printable.Plain(Name)}, expected {Expected}",
        KeyProblemKind.Unexpected => $"unexpected {Printable.Plain(Name)}, found {Found}",
        _ => $"{Printable.Plain(Name)}, expected {Expected}, found {Found}",
    };
}

/// <summary>A checkpoint that cannot be used. The message names the file, the keys and the cure.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Without a code there is no such error.")]
public sealed class CheckpointException : Exception
{
    internal CheckpointException(CheckpointError code, string message, Exception? inner = null)
        : base(message, inner)
    {
        (Code, Summary) = (code, message);
    }

    internal CheckpointException(CheckpointError code, string message, ImmutableArray<KeyProblem> problems)
        : base(message + List(problems))
    {
        (Code, Summary, Problems) = (code, message, problems);
    }

    /// <summary>The cause.</summary>
    public CheckpointError Code { get; }

    /// <summary>The message without the list of keys.</summary>
    public string Summary { get; }

    /// <summary>Every key that does not fit: first those the model needs, in its order, then the unexpected.</summary>
    public ImmutableArray<KeyProblem> Problems { get; } = [];

    private static string List(ImmutableArray<KeyProblem> problems)
    {
        // More lines than the largest SAM has tensors say nothing more.
        const int maxLines = 1000;
        string lines = string.Concat(problems.Take(maxLines).Select(problem => $"\n  {problem}"));
        return problems.Length > maxLines ? $"{lines}\n  and {problems.Length - maxLines} more" : lines;
    }
}
