namespace SamNative.Weights.Tests;

/// <summary>A stream that was as long as it says when it was opened, and ends after so many more reads.</summary>
internal sealed class ShrinkingStream(byte[] content, int reads) : MemoryStream(content)
{
    private int left = reads;

    /// <summary>Where the first read began that found nothing; null while all found what they asked for.</summary>
    public long? End { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (left-- > 0)
        {
            return base.Read(buffer);
        }

        End ??= Position;
        return 0;
    }
}
