using SamNative.Kernels;

namespace SamNative;

/// <summary>Memory of one worker that values pass through on their way to where they are kept; it grows with the need.</summary>
internal sealed class StagingArea : IDisposable
{
    private NativeBuffer? buffer;

    /// <summary>Room for so many values; what was there before is gone.</summary>
    public Span<float> Take(int floats)
    {
        if (buffer is null || buffer.Length < floats)
        {
            NativeBuffer.Replace(ref buffer, new NativeBuffer(floats));
        }

        return buffer!.Span[..floats];
    }

    public void Dispose() => buffer?.Dispose();
}
