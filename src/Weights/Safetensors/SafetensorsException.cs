using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>
/// A safetensors file that was refused: the only exception the parser throws for what a file holds. The message names
/// the file, the place and the cure.
/// </summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors",
    Justification = "Without a code, a place and a file there is no such error.")]
public sealed class SafetensorsException : Exception
{
    internal SafetensorsException(
        SafetensorsError code, string fileName, long byteOffset, string problem)
        : base($"{fileName}, byte {byteOffset}: {problem} {Cure(code)}")
    {
        (Code, FileName, ByteOffset) = (code, fileName, byteOffset);
    }

    /// <summary>The cause.</summary>
    public SafetensorsError Code { get; }

    /// <summary>The path of the file, or a word in angle brackets such as <c>&lt;memory&gt;</c>.</summary>
    public string FileName { get; }

    /// <summary>Where in the file the problem is, in bytes from its start.</summary>
    public long ByteOffset { get; }

    private static string Cure(SafetensorsError code) => code switch
    {
        SafetensorsError.FileTooShort
            or SafetensorsError.HeaderBeyondFile
            or SafetensorsError.FileLengthMismatch => "The file is incomplete or damaged: fetch or copy it again.",
        SafetensorsError.HeaderTooLarge
            or SafetensorsError.InvalidText
            or SafetensorsError.InvalidJson => "This is no safetensors file, or a damaged one: check what was given.",
        SafetensorsError.MetadataTooLarge => "Save it again with less metadata.",
        SafetensorsError.UnknownDtype => "Save it again as F32, F16 or BF16.",
        SafetensorsError.FileShrank => "Leave the file alone while it is in use, and load it again.",
        _ => "Save it again with a current safetensors library.",
    };
}
