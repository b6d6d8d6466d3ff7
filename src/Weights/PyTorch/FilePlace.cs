namespace SamNative.Weights;

/// <summary>A place in a file: what an error names.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Position">Bytes from its start.</param>
internal readonly record struct FilePlace(string File, long Position)
{
    /// <summary>An error at this place.</summary>
    public PyTorchException Error(PyTorchError code, string problem) => new(code, File, Position, problem);

    /// <summary>The value as the type that is needed here.</summary>
    /// <exception cref="PyTorchException">It is of another type.</exception>
    public T Expect<T>(PickleNode node, string needed)
        where T : PickleNode =>
        node as T ?? throw Error(PyTorchError.TypeMismatch, $"{node.Kind} stands where {needed} is needed.");
}
