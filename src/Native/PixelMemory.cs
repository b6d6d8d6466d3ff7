using System.Buffers;

namespace SamNative.Native;

/// <summary>Pixels of the caller as the memory that pictures are views of; they stay where they are.</summary>
internal sealed unsafe class PixelMemory(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
        // Unmanaged memory does not move.
    }

    protected override void Dispose(bool disposing)
    {
        // It belongs to the caller.
    }
}
