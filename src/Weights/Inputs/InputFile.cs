using System.Diagnostics.CodeAnalysis;

namespace SamNative.Weights;

/// <summary>
/// Opens what somebody names as an input, which need not be a file on a disk: a FIFO, a device, the pipe of a process
/// substitution. Only what has a length is read by position. Everything else is read front to back, and whoever reads it
/// has a limit, since it may never end.
/// </summary>
internal static class InputFile
{
    private const int FirstBytes = 1 << 16;

    private static readonly FileStreamOptions options =
        new() { Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };

    /// <summary>Opens an input; others may read, replace or delete it meanwhile.</summary>
    /// <param name="cancellation">
    /// Ends every wait: for somebody to open the other end of a FIFO, and for bytes to come out of it.
    /// </param>
    /// <returns>A file that can seek, or a stream that cannot.</returns>
    /// <exception cref="IOException">It is missing, a folder, or cannot be read.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The result owns the file.")]
    public static Stream Open(string path, CancellationToken cancellation = default)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder: give a file.");
        }

        FileStream file = InterruptibleStream.Do(() => File.Open(path, options), cancellation);
        return HasLength(file) ? file : new InterruptibleStream(file, cancellation);
    }

    /// <summary>Opens standard input.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    public static Stream OpenStandard(CancellationToken cancellation) =>
        new InterruptibleStream(Console.OpenStandardInput(), cancellation);

    /// <summary>Whether a stream is a file on a disk that holds anything. Devices can seek too, but have no length.</summary>
    public static bool HasLength([NotNullWhen(true)] Stream? stream) => stream is FileStream { CanSeek: true, Length: > 0 };

    /// <summary>Reads a stream to its end, into memory that grows with what comes and not with what is claimed.</summary>
    /// <param name="limit">Bytes, <see cref="Array.MaxLength"/> at most.</param>
    /// <returns>Null where there are more bytes than the limit.</returns>
    public static ReadOnlyMemory<byte>? TryReadToEnd(Stream stream, long limit)
    {
        long known = HasLength(stream) ? stream.Length - stream.Position : 0;
        if (known > limit)
        {
            return null;
        }

        byte[] bytes = new byte[known];
        for (int length = 0; ;)
        {
            if (length < bytes.Length)
            {
                int read = stream.Read(bytes.AsSpan(length));
                if (read == 0)
                {
                    return bytes.AsMemory(0, length);
                }

                length += read;
                continue;
            }

            int next = stream.ReadByte();
            if (next < 0)
            {
                return bytes;
            }

            if (length == limit)
            {
                return null;
            }

            Array.Resize(ref bytes, (int)Math.Min(limit, Math.Max(FirstBytes, 2L * length)));
            bytes[length++] = (byte)next;
        }
    }

    /// <summary>Reads a text that somebody wrote, see <see cref="WrittenText"/>, and closes its stream.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="limit">Bytes.</param>
    /// <exception cref="IOException">It cannot be read, or has more bytes.</exception>
    public static string ReadText(Stream stream, string name, int limit)
    {
        using (stream)
        {
            return TryReadToEnd(stream, limit) is { } content
                ? WrittenText.Decode(content.Span)
                : throw new IOException($"{name} has more than {limit} bytes: is this another file?");
        }
    }
}
