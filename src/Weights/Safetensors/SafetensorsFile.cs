using System.Buffers.Binary;
using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// A safetensors file. Opening reads and checks the header only; values are read where they are asked for, straight
/// into the caller's memory.
/// </summary>
public sealed class SafetensorsFile : FileTensorSource
{
    private SafetensorsFile(
        string name,
        ByteSource bytes,
        (ImmutableArray<TensorInfo> Tensors, OrderedDictionary<string, string> Metadata) header)
        : base(name, bytes, header.Tensors, header.Metadata)
    {
    }

    /// <inheritdoc/>
    public override string Format => "safetensors";

    /// <summary>Opens a file. Others may replace or delete it meanwhile; the content opened stays.</summary>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path) => Open(path, ByteSource.Of(path));

    /// <summary>
    /// Opens a stream from its position on. A stream that can seek is read as values are asked for and must stay open
    /// until then; one that cannot is read into memory at once, 2 GB at most.
    /// </summary>
    /// <param name="stream">The stream; taken over, and disposed with the result.</param>
    /// <param name="leaveOpen">Leaves the stream to the caller.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    public static SafetensorsFile Open(Stream stream, bool leaveOpen = false, string? name = null) =>
        Open(name ?? ByteSource.NameOf(stream), ByteSource.Of(stream, leaveOpen, name));

    /// <summary>Opens a file that is in memory; the memory is read in place and must not change.</summary>
    /// <exception cref="SafetensorsException">The content breaks a rule of the format.</exception>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> memory) => Open(ByteSource.MemoryName, new MemoryBytes(memory));

    /// <inheritdoc/>
    protected override void ReadCore(
        TensorInfo tensor, long start, Span<byte> destination, CancellationToken cancellation) =>
        Fill(tensor.Offset + start, destination);

    /// <inheritdoc/>
    private protected override Exception Shrank(long position) => Shrank(Name, position);

    /// <summary>Opens bytes, which the result owns; they are closed where opening fails.</summary>
    internal static SafetensorsFile Open(string name, ByteSource bytes)
    {
        try
        {
            return new SafetensorsFile(name, bytes, ReadHeader(name, bytes));
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static (ImmutableArray<TensorInfo> Tensors, OrderedDictionary<string, string> Metadata) ReadHeader(
        string name, ByteSource bytes)
    {
        Span<byte> lengthField = stackalloc byte[SafetensorsHeader.LengthBytes];
        int there = bytes.Read(0, lengthField);
        if (there < lengthField.Length)
        {
            throw new SafetensorsException(
                SafetensorsError.FileTooShort, name, 0, $"the file has {there} bytes, too few for a header.");
        }

        // What can be told by these is told before all of a pipe is read for its length.
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthField);
        if (length == 0)
        {
            throw new SafetensorsException(SafetensorsError.InvalidJson, name, lengthField.Length, "the header is empty.");
        }

        if (length > SafetensorsHeader.MaxBytes)
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderTooLarge,
                name,
                0,
                $"the header claims {length} bytes, more than {SafetensorsHeader.MaxBytes}.");
        }

        // Nothing is allocated for a header that the file does not hold.
        long fileLength = bytes.Length;
        if ((long)length > fileLength - lengthField.Length)
        {
            throw new SafetensorsException(
                SafetensorsError.HeaderBeyondFile,
                name,
                0,
                $"the header claims {length} bytes, the file has {fileLength}.");
        }

        byte[] header = GC.AllocateUninitializedArray<byte>((int)length);
        return bytes.TryFill(lengthField.Length, header)
            ? SafetensorsHeader.Parse(header, fileLength, name)
            : throw Shrank(name, lengthField.Length);
    }

    private static SafetensorsException Shrank(string name, long position) =>
        new(SafetensorsError.FileShrank, name, position, "the file ends here, but was longer when it was opened.");
}
