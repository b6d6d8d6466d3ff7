namespace SamNative.Weights.Tests.Inputs;

/// <summary>
/// A stream that repeats its content up to its end, and gives some of what is asked for. It can seek where it claims a
/// length, which need not be the true one.
/// </summary>
internal sealed class MadeStream(byte[] content, int end, long? claimed = null) : Stream
{
    private const int MostAtATime = 40_001;

    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => claimed is not null;

    public override bool CanWrite => false;

    public override long Length => claimed ?? throw new NotSupportedException();

    public override long Position
    {
        get => CanSeek ? position : throw new NotSupportedException();
        set => position = CanSeek ? value : throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Clamp(end - position, 0, Math.Min(buffer.Length, MostAtATime));
        for (int i = 0; i < count; i++)
        {
            buffer[i] = content[(position + i) % content.Length];
        }

        position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
