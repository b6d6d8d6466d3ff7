using System.Runtime.InteropServices;

namespace SamNative.Kernels;

/// <summary>
/// Zeroed native memory for floats, aligned to a page: out of the collector's sight, and never moved. Large ones take huge
/// pages where the system has them.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 4096;
    private static long liveBytes;
    private void* block;
    private float* pointer;

    public NativeBuffer(nint length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, nint.MaxValue / sizeof(float) / 2);
        Length = length;
        nuint bytes = ByteLength;
        nuint alignment = bytes < HugePages.Bytes ? Alignment : HugePages.Bytes;

        // Fresh zeroed memory is not touched before it is used; aligned allocation has no zeroed form.
        block = NativeMemory.AllocZeroed(bytes + alignment);
        pointer = (float*)(((nuint)block + alignment - 1) & ~(alignment - 1));
        if (alignment == HugePages.Bytes)
        {
            HugePages.Advise(pointer, bytes);
        }

        Interlocked.Add(ref liveBytes, (long)bytes);
    }

    ~NativeBuffer() => Free();

    /// <summary>The bytes of all buffers that are alive in this process.</summary>
    public static long LiveBytes => Interlocked.Read(ref liveBytes);

    /// <summary>Its length in floats.</summary>
    public nint Length { get; }

    public float* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(pointer == null, this);
            return pointer;
        }
    }

    public Span<float> Span => new(Pointer, checked((int)Length));

    private nuint ByteLength => (((nuint)Length * sizeof(float)) + Alignment - 1) & ~(Alignment - 1);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (pointer != null)
        {
            NativeMemory.Free(block);
            block = null;
            pointer = null;
            Interlocked.Add(ref liveBytes, -(long)ByteLength);
        }
    }
}
