using System.Runtime.CompilerServices;

namespace SamNative.Tests.Support;

/// <summary>Where a guarded buffer lies between its guard pages.</summary>
/// <param name="FlushRight">Its last value ends where the page behind it begins; otherwise it lies at the left.</param>
/// <param name="Shift">How many values it begins after the page before it; 0 for flush right.</param>
public readonly record struct GuardSide(bool FlushRight, int Shift)
{
    /// <summary>The first value follows the guard page: a read before the buffer faults.</summary>
    public static GuardSide Left { get; } = new(FlushRight: false, Shift: 0);

    /// <summary>The last value precedes the guard page: a read past the buffer faults.</summary>
    public static GuardSide Right { get; } = new(FlushRight: true, Shift: 0);

    /// <summary>Some values away from the left edge, for every alignment.</summary>
    public static GuardSide Shifted(int values) => new(FlushRight: false, Shift: values);

    /// <inheritdoc/>
    public override string ToString() => FlushRight ? "flush right" : Shift == 0 ? "flush left" : $"shifted by {Shift}";
}

/// <summary>
/// Memory of exactly the asked size between unreadable pages: an access past the page's edge ends the process (see
/// <see cref="RunningCase"/>), a write to the slack on the other side is found by <see cref="Check"/>.
/// </summary>
public sealed unsafe class GuardedBuffer : IDisposable
{
    private const byte Canary = 0xA5;

    private readonly nuint mapped;
    private readonly int offset;
    private readonly int length;
    private byte* pages;

    private GuardedBuffer(int length, int valueSize, GuardSide placement)
    {
        int shift = placement.Shift * valueSize;
        int pageSize = GuardPages.PageSize;
        int room = Math.Max(1, (length + shift + pageSize - 1) / pageSize) * pageSize;
        mapped = (nuint)room;
        this.length = length;
        offset = placement.FlushRight ? room - length : shift;
        pages = GuardPages.Map(mapped);
        new Span<byte>(pages, room).Fill(Canary);
    }

    /// <summary>The buffer's bytes.</summary>
    public Span<byte> Bytes => new(Start, length);

    private byte* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(pages == null, this);
            return pages + offset;
        }
    }

    /// <summary>A buffer of float, int, byte, ulong … values.</summary>
    public static GuardedBuffer Of<T>(ReadOnlySpan<T> values, GuardSide placement)
        where T : unmanaged
    {
        GuardedBuffer buffer = new(values.Length * sizeof(T), sizeof(T), placement);
        values.CopyTo(buffer.Span<T>());
        return buffer;
    }

    /// <summary>The first value; past the end of the readable page where the buffer is empty and flush right.</summary>
    public T* First<T>()
        where T : unmanaged => (T*)Start;

    /// <summary>All values.</summary>
    public Span<T> Span<T>()
        where T : unmanaged => new(Start, length / Unsafe.SizeOf<T>());

    /// <summary>Fails where something wrote to the slack before or behind the buffer.</summary>
    public void Check(string what)
    {
        int before = new Span<byte>(pages, offset).IndexOfAnyExcept(Canary);
        int end = offset + length;
        int behind = new Span<byte>(pages + end, (int)mapped - end).IndexOfAnyExcept(Canary);
        Verify.That(before < 0, $"{what}: wrote {offset - before} bytes before its buffer");
        Verify.That(behind < 0, $"{what}: wrote {behind} bytes behind its buffer of {length} bytes");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (pages != null)
        {
            GuardPages.Unmap(pages, mapped);
            pages = null;
        }
    }
}
