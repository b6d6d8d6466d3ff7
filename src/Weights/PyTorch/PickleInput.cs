using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace SamNative.Weights;

/// <summary>The bytes of a pickle, read front to back through a small window.</summary>
internal sealed class PickleInput
{
    /// <summary>Our limit of a pickle.</summary>
    public const int MaxPickleBytes = 64 << 20;

    /// <summary>Our limit of a text, and the size of the window.</summary>
    public const int MaxTextBytes = 64 << 10;

    /// <summary>Our limit of an integer. No honest one comes near: a generator of random numbers keeps 16 bytes.</summary>
    public const int MaxIntegerBytes = 1 << 10;

    private readonly ByteSource bytes;
    private readonly string file;
    private readonly long start;
    private readonly byte[] window;
    private long windowStart;
    private int windowLength;

    /// <summary>Reads from a position of a file to another at most.</summary>
    public PickleInput(ByteSource bytes, string file, long start, long end)
    {
        (this.bytes, this.file, this.start, End) = (bytes, file, start, end);
        (Position, windowStart) = (start, start);
        window = new byte[Math.Min(MaxTextBytes, end - start)];
    }

    /// <summary>Where the next byte is, from the start of the file.</summary>
    public long Position { get; private set; }

    /// <summary>Where the bytes end.</summary>
    public long End { get; }

    /// <summary>The place of the next byte.</summary>
    public FilePlace Place => new(file, Position);

    /// <summary>Takes a byte.</summary>
    public byte TakeByte() => Take(1)[0];

    /// <summary>Takes 2 bytes, unsigned.</summary>
    public ushort TakeUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>Takes 4 bytes, signed.</summary>
    public int TakeInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>Takes 4 bytes, unsigned.</summary>
    public uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Takes 8 bytes, unsigned.</summary>
    public ulong TakeUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Takes an integer of so many bytes, little endian and signed; none are 0.</summary>
    /// <returns>Its value, or null where it has more than 8 bytes.</returns>
    public long? TakeInteger(uint length)
    {
        if (length > MaxIntegerBytes)
        {
            throw Place.Error(PyTorchError.IntegerTooLong, $"an integer has {length} bytes.");
        }

        ReadOnlySpan<byte> taken = Take((int)length);
        if (length > sizeof(long))
        {
            return null;
        }

        long value = length > 0 && (taken[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = (int)length - 1; i >= 0; i--)
        {
            value = (value << 8) | taken[i];
        }

        return value;
    }

    /// <summary>Passes over so many bytes.</summary>
    public void Skip(uint length)
    {
        CheckRoom(length);
        Position += length;
    }

    /// <summary>Takes a text of so many bytes.</summary>
    public string TakeText(uint length)
    {
        FilePlace place = Place;
        if (length > MaxTextBytes)
        {
            throw place.Error(PyTorchError.TextTooLong, $"a text has {length} bytes.");
        }

        return Decode(Take((int)length), place);
    }

    /// <summary>Takes a text up to a line feed, which is taken too.</summary>
    public string TakeLine()
    {
        FilePlace place = Place;
        List<byte> line = [];
        for (byte next = TakeByte(); next != '\n'; next = TakeByte())
        {
            line.Add(next);
            if (line.Count > MaxTextBytes)
            {
                throw place.Error(PyTorchError.TextTooLong, $"a name has more than {MaxTextBytes} bytes.");
            }
        }

        return Decode(line.ToArray(), place);
    }

    private static string Decode(ReadOnlySpan<byte> text, FilePlace place) => Utf8.IsValid(text)
        ? Encoding.UTF8.GetString(text)
        : throw place.Error(PyTorchError.InvalidText, "a text is not valid UTF-8.");

    private void CheckRoom(long count)
    {
        if (count > End - Position)
        {
            throw Place.Error(PyTorchError.Truncated, $"{count} bytes are needed, {End - Position} are left.");
        }

        if (Position + count - start > MaxPickleBytes)
        {
            throw Place.Error(PyTorchError.PickleTooLarge, $"the pickle has more than {MaxPickleBytes} bytes.");
        }
    }

    /// <summary>Takes so many bytes, no more than the window has.</summary>
    private ReadOnlySpan<byte> Take(int count)
    {
        CheckRoom(count);
        if (Position + count > windowStart + windowLength)
        {
            FillWindow();
        }

        ReadOnlySpan<byte> taken = window.AsSpan((int)(Position - windowStart), count);
        Position += count;
        return taken;
    }

    private void FillWindow()
    {
        windowStart = Position;
        windowLength = (int)Math.Min(window.Length, End - Position);
        if (!bytes.TryFill(windowStart, window.AsSpan(0, windowLength)))
        {
            throw Place.Error(PyTorchError.FileShrank, "the file ends here, but was longer when it was opened.");
        }
    }
}
