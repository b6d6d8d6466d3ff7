using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>Bytes that are read at given positions: a file, a block of memory or a stream that can seek.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>What messages call a block of memory.</summary>
    public const string MemoryName = "<memory>";

    /// <summary>Lengths up to this are believed: who allocates by them loses little.</summary>
    private const long CheapBytes = 1 << 16;

    /// <summary>The number of bytes. More than some kilobytes were found to be there, and may be allocated by.</summary>
    public abstract long Length { get; }

    /// <summary>What messages call a stream that was given no name.</summary>
    public static string NameOf(Stream stream) => stream is FileStream file ? file.Name : "<stream>";

    /// <inheritdoc cref="InputFile.Open"/>
    [SuppressMessage("Reliability", "CA2000", Justification = "The result owns the file.")]
    public static ByteSource Of(string path, CancellationToken cancellation = default) =>
        Of(InputFile.Open(path, cancellation), leaveOpen: false, path);

    /// <summary>Views a stream from its position on; takes the stream over unless told otherwise.</summary>
    /// <param name="name">What messages call it; null for its own name.</param>
    /// <exception cref="IOException">It claims more bytes than it has.</exception>
    public static ByteSource Of(Stream stream, bool leaveOpen, string? name)
    {
        if (InputFile.HasLength(stream))
        {
            return new FileBytes((FileStream)stream, leaveOpen);
        }

        // Of a device that can seek nobody knows the length.
        if (!stream.CanSeek || stream is FileStream)
        {
            return new PipedBytes(stream, leaveOpen, name ?? NameOf(stream));
        }

        StreamBytes bytes = new(stream, leaveOpen);
        if (bytes.Length > CheapBytes && !bytes.TryFill(bytes.Length - 1, stackalloc byte[1]))
        {
            long claimed = bytes.Length;
            bytes.Dispose();
            throw new IOException($"{name ?? NameOf(stream)} claims {claimed} bytes and has fewer: copy it again.");
        }

        return bytes;
    }

    /// <summary>Fills as much of the destination as there is from a position on.</summary>
    /// <returns>How many bytes that are; fewer than the destination has only where the bytes end.</returns>
    public abstract int Read(long position, Span<byte> destination);

    /// <summary>Fills the destination from a position; false where the bytes end before.</summary>
    public bool TryFill(long position, Span<byte> destination) => Read(position, destination) == destination.Length;

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A block of memory, read in place.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => memory.Length;

    /// <inheritdoc/>
    public override int Read(long position, Span<byte> destination)
    {
        int count = (int)Math.Clamp(memory.Length - position, 0, destination.Length);
        memory.Span.Slice((int)Math.Min(position, memory.Length), count).CopyTo(destination);
        return count;
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
    public override int Read(long position, Span<byte> destination)
    {
        int count = 0;
        for (int read = 1; read > 0 && count < destination.Length; count += read)
        {
            read = RandomAccess.Read(file.SafeFileHandle, destination[count..], origin + position + count);
        }

        return count;
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
    public override int Read(long position, Span<byte> destination)
    {
        lock (turn)
        {
            stream.Position = origin + position;
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
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

/// <summary>
/// A stream that cannot seek: what was asked for, and all before it, is kept in memory. It is read no further than that,
/// so that a stream without end is told by its beginning.
/// </summary>
internal sealed class PipedBytes(
    Stream stream, bool leaveOpen, string name, long limit = PipedBytes.MaxBytes) : ByteSource
{
    private const int PieceBytes = 1 << 20;

    /// <summary>All that is kept: memory is for models, and more are files.</summary>
    public const long MaxBytes = 1L << 31;

    private readonly Lock turn = new();
    private readonly List<byte[]> pieces = [];
    private long length;
    private bool hasEnded;

    /// <inheritdoc/>
    /// <exception cref="IOException">The stream has more bytes than are kept, or cannot be read.</exception>
    public override long Length
    {
        get
        {
            lock (turn)
            {
                ReadOn(long.MaxValue);
                return length;
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(long position, Span<byte> destination)
    {
        lock (turn)
        {
            ReadOn(position + destination.Length);
            int count = (int)Math.Clamp(length - position, 0, destination.Length);
            for (int done = 0; done < count;)
            {
                (long piece, long start) = Math.DivRem(position + done, PieceBytes);
                ReadOnlySpan<byte> from = pieces[(int)piece].AsSpan((int)start);
                from = from[..Math.Min(from.Length, count - done)];
                from.CopyTo(destination[done..]);
                done += from.Length;
            }

            return count;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        pieces.Clear();
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    /// <summary>Reads until so many bytes are there, or the stream ends.</summary>
    private void ReadOn(long wanted)
    {
        while (!hasEnded && length < wanted)
        {
            if (length > limit)
            {
                throw new IOException(
                    $"{name} has more than {limit} bytes and is no file: write it to a file first, and give that.");
            }

            int start = (int)(length % PieceBytes);
            if (start == 0)
            {
                pieces.Add(GC.AllocateUninitializedArray<byte>(PieceBytes));
            }

            int read = stream.Read(pieces[^1].AsSpan(start));
            hasEnded = read == 0;
            length += read;
        }
    }
}
