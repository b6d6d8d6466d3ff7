using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>Bytes that are read at given positions: a file, a block of memory or a stream that can seek.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>What messages call a block of memory.</summary>
    public const string MemoryName = "<memory>";

    /// <summary>The number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>What messages call a stream that was given no name.</summary>
    public static string NameOf(Stream stream) => stream is FileStream file ? file.Name : "<stream>";

    /// <summary>Opens a file; others may read, replace or delete it meanwhile.</summary>
    /// <exception cref="IOException">It is missing, a folder, or cannot be read.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The result owns the file.")]
    public static ByteSource Of(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder: give a file.");
        }

        FileStreamOptions options = new() { Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        return Of(File.Open(path, options), leaveOpen: false);
    }

    /// <summary>Views a stream from its position on; takes the stream over unless told otherwise.</summary>
    /// <exception cref="IOException">The stream cannot seek and holds more than memory can.</exception>
    public static ByteSource Of(Stream stream, bool leaveOpen)
    {
        if (stream is FileStream { CanSeek: true } file)
        {
            return new FileBytes(file, leaveOpen);
        }

        if (stream.CanSeek)
        {
            return new StreamBytes(stream, leaveOpen);
        }

        using Stream? toClose = leaveOpen ? null : stream;
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return new MemoryBytes(copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }

    /// <summary>Fills the destination from a position; false where the bytes end before.</summary>
    public abstract bool TryFill(long position, Span<byte> destination);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A block of memory, read in place.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => memory.Length;

    /// <inheritdoc/>
    public override bool TryFill(long position, Span<byte> destination)
    {
        if (destination.Length > memory.Length - position)
        {
            return false;
        }

        memory.Span.Slice((int)position, destination.Length).CopyTo(destination);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}

/// <summary>
/// A file, read by position: no shared cursor, so threads do not wait for each other. Not mapped: a mapped file that
/// gets shorter kills the process, and mapped pages count as resident.
/// </summary>
internal sealed class FileBytes(FileStream file, bool leaveOpen) : ByteSource
{
    private readonly long origin = file.Position;

    /// <inheritdoc/>
    public override long Length => RandomAccess.GetLength(file.SafeFileHandle) - origin;

    /// <inheritdoc/>
    public override bool TryFill(long position, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, destination, origin + position);
            if (read == 0)
            {
                return false;
            }

            position += read;
            destination = destination[read..];
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!leaveOpen)
        {
            file.Dispose();
        }
    }
}

/// <summary>Any other stream that can seek; one reader at a time.</summary>
internal sealed class StreamBytes(Stream stream, bool leaveOpen) : ByteSource
{
    private readonly Lock turn = new();
    private readonly long origin = stream.Position;

    /// <inheritdoc/>
    public override long Length => stream.Length - origin;

    /// <inheritdoc/>
    public override bool TryFill(long position, Span<byte> destination)
    {
        lock (turn)
        {
            stream.Position = origin + position;
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }
}
