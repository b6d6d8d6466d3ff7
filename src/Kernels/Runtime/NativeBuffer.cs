using System.Runtime.InteropServices;

namespace SamNative.Kernels;

/// <summary>Where native memory comes from; tests have another source, in which a touch after Free ends the process.</summary>
internal unsafe class NativeHeap
{
    /// <summary>The source of all buffers made from now on.</summary>
    public static NativeHeap Current { get; set; } = new();

    /// <summary>Zeroed memory.</summary>
    /// <exception cref="OutOfMemoryException">There is none.</exception>
    public virtual void* Allocate(nuint bytes) => NativeMemory.AllocZeroed(bytes);

    /// <summary>Gives a block back.</summary>
    /// <param name="bytes">As it was asked for.</param>
    public virtual void Free(void* block, nuint bytes) => NativeMemory.Free(block);
}

/// <summary>
/// Zeroed native memory for floats, aligned to a page: out of the collector's sight, and never moved. Large ones take huge
/// pages where the system has them. Whoever uses it keeps its owner from being disposed meanwhile: <see cref="Occupancy"/>.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 4096;
    private static long liveBytes;
    private readonly NativeHeap heap = NativeHeap.Current;
    private nint block;
    private float* pointer;

    public NativeBuffer(nint length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, nint.MaxValue / sizeof(float) / 2);
        Length = length;

        // Fresh zeroed memory is not touched before it is used; aligned allocation has no zeroed form.
        block = (nint)heap.Allocate(ByteLength + BlockAlignment);
        pointer = (float*)(((nuint)block + BlockAlignment - 1) & ~(BlockAlignment - 1));
        if (BlockAlignment == HugePages.Bytes)
        {
            HugePages.Advise(pointer, ByteLength);
        }

        Interlocked.Add(ref liveBytes, (long)ByteLength);
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

    private nuint BlockAlignment => ByteLength < HugePages.Bytes ? Alignment : HugePages.Bytes;

    /// <summary>
    /// Puts new memory in the place of old: made before the old is freed, so that a failure leaves everything as it was.
    /// </summary>
    public static void Replace<T>(ref T? place, T replacement)
        where T : class, IDisposable
    {
        T? old = place;
        place = replacement;
        old?.Dispose();
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        pointer = null;
        if (Interlocked.Exchange(ref block, 0) is not 0 and nint taken)
        {
            heap.Free((void*)taken, ByteLength + BlockAlignment);
            Interlocked.Add(ref liveBytes, -(long)ByteLength);
        }
    }
}
