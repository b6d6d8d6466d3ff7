using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>
/// A PyTorch file that was refused: the only exception the parser throws for what a file holds. The message names the
/// file, the place and the cure.
/// </summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors",
    Justification = "Without a code, a place and a file there is no such error.")]
public sealed class PyTorchException : Exception
{
    private const string SaveAgain =
        "Load it where you trust it and save the tensors alone: torch.save(model.state_dict(), path).";

    internal PyTorchException(PyTorchError code, string fileName, long byteOffset, string problem)
        : base($"{fileName}, byte {byteOffset}: {problem} {Cure(code)}")
    {
        (Code, FileName, ByteOffset) = (code, fileName, byteOffset);
    }

    /// <summary>The cause.</summary>
    public PyTorchError Code { get; }

    /// <summary>The path of the file, or a word in angle brackets such as <c>&lt;memory&gt;</c>.</summary>
    public string FileName { get; }

    /// <summary>Where in the file the problem is, in bytes from its start.</summary>
    public long ByteOffset { get; }

    private static string Cure(PyTorchError code) => code switch
    {
        PyTorchError.NotPyTorch => "Check what was given.",
        PyTorchError.NoEndRecord
            or PyTorchError.RecordPlacement
            or PyTorchError.ChecksumMismatch
            or PyTorchError.Truncated => "The file is incomplete or damaged: fetch or copy it again.",
        PyTorchError.CompressedRecord
            or PyTorchError.UnsupportedFlags
            or PyTorchError.SplitArchive => "Use the file as torch.save wrote it, not packed again.",
        PyTorchError.PackedModel => "Unpack it, and open the file that was in it.",
        PyTorchError.TorchScript => "Save the weights alone: torch.save(module.state_dict(), path).",
        PyTorchError.BigEndian => "Load it with PyTorch on a little-endian machine and save it again there.",
        PyTorchError.AmbiguousTensors => "Save the one that is meant: torch.save(checkpoint[name], path).",
        PyTorchError.FileShrank => "Leave the file alone while it is in use, and load it again.",
        _ => SaveAgain,
    };
}
