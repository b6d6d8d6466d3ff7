namespace SamNative.Weights;

/// <summary>Opens a file of weights of any kind we read; its content decides, not its name.</summary>
public static class CheckpointFile
{
    /// <summary>Opens a file. Others may replace or delete it meanwhile; the content opened stays.</summary>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TensorSource Open(string path) => SafetensorsFile.Open(path);

    /// <summary>Opens a stream from its position on, see <see cref="SafetensorsFile.Open(Stream, bool, string?)"/>.</summary>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    public static TensorSource Open(Stream stream, bool leaveOpen = false, string? name = null) =>
        SafetensorsFile.Open(stream, leaveOpen, name);

    /// <summary>Opens a file that is in memory; the memory is read in place and must not change.</summary>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    public static TensorSource Open(ReadOnlyMemory<byte> memory) => SafetensorsFile.Open(memory);
}
