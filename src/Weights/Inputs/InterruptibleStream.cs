namespace SamNative.Weights;

/// <summary>
/// A stream that may wait for ever, a pipe for instance, read so that a cancellation ends the wait. Nothing can end the
/// system's own call, so a thread of the pool makes it, with memory of its own, and is left behind where it hangs.
/// </summary>
internal sealed class InterruptibleStream(Stream stream, CancellationToken cancellation) : Stream
{
    private readonly byte[] piece = new byte[1 << 16];

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Makes a call that may hang.</summary>
    /// <exception cref="OperationCanceledException">Cancelled: the call goes on, and nobody hears how it ends.</exception>
    public static T Do<T>(Func<T> call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return cancellation.CanBeCanceled
            ? Task.Run(call, CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult()
            : call();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int wanted = Math.Min(buffer.Length, piece.Length);
        int read = Do(() => stream.Read(piece, 0, wanted), cancellation);
        piece.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Closing waits for a read that hangs; the process is about to end then, or the finalizer does it.
        if (disposing && !cancellation.IsCancellationRequested)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }
}
