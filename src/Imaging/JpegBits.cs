namespace SamNative.Imaging;

/// <summary>Reads the bits of a scan: ITU-T T.81, F.2.2.5. At its end it says so, where a decoder makes bits up.</summary>
/// <param name="data">All of the file.</param>
/// <param name="from">Where the scan's data begin.</param>
internal ref struct JpegBits(ReadOnlySpan<byte> data, int from)
{
    private readonly ReadOnlySpan<byte> content = data;
    private uint bits;
    private int count;

    /// <summary>The next byte to be taken.</summary>
    public int Position { get; private set; } = from;

    /// <summary>Whether more was asked for than there is, or what there is cannot be.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Reads up to 16 bits as a number; zeros where there are none.</summary>
    public int Read(int length)
    {
        while (count < length)
        {
            bits = (bits << 8) | TakeByte();
            count += 8;
        }

        count -= length;
        return (int)(bits >> count) & ((1 << length) - 1);
    }

    /// <summary>Reads a symbol by a table.</summary>
    public int Read(JpegTable? table)
    {
        int code = 0;
        for (int length = 1; table is not null && length <= JpegTable.MaxLength; length++)
        {
            code = (code << 1) | Read(1);
            if (table.TryGet(code, length, out int symbol))
            {
                return symbol;
            }
        }

        HasFailed = true;
        return 0;
    }

    /// <summary>Passes over the mark of a restart; what is left of the byte before it counts for nothing.</summary>
    public void Restart()
    {
        count = 0;
        while (Position + 1 < content.Length && content[Position] == 0xFF && content[Position + 1] == 0xFF)
        {
            Position++;
        }

        if (Position + 1 < content.Length && content[Position] == 0xFF && content[Position + 1] is >= 0xD0 and <= 0xD7)
        {
            Position += 2;
        }
        else
        {
            HasFailed = true;
        }
    }

    // 0xFF is followed by 0x00, or it begins a marker and the data are at their end.
    private byte TakeByte()
    {
        byte next = Position < content.Length ? content[Position] : (byte)0xFF;
        if (next != 0xFF)
        {
            Position++;
            return next;
        }

        if (Position + 1 < content.Length && content[Position + 1] == 0)
        {
            Position += 2;
            return next;
        }

        HasFailed = true;
        return 0;
    }
}

/// <summary>The codes of a JPEG's symbols: ITU-T T.81, annex C and F.2.2.3.</summary>
internal sealed class JpegTable
{
    public const int MaxLength = 16;

    private readonly int[] firstCode = new int[MaxLength + 1];
    private readonly int[] firstSymbol = new int[MaxLength + 1];
    private readonly byte[] counts;
    private readonly byte[] symbols;

    private JpegTable(ReadOnlySpan<byte> ofLength, ReadOnlySpan<byte> values)
    {
        counts = [0, .. ofLength];
        symbols = values.ToArray();
        for (int length = 1, code = 0, symbol = 0; length <= MaxLength; length++)
        {
            (firstCode[length], firstSymbol[length]) = (code, symbol);
            code = (code + counts[length]) << 1;
            symbol += counts[length];
        }
    }

    /// <summary>Reads a segment of tables: each has its class and number, how many codes of each length, the symbols.</summary>
    /// <param name="tables">The tables of coefficients behind the four of means.</param>
    public static void Read(ReadOnlySpan<byte> segment, JpegTable?[] tables)
    {
        while (segment.Length > MaxLength)
        {
            int total = 0;
            foreach (byte ofLength in segment.Slice(1, MaxLength))
            {
                total += ofLength;
            }

            if (segment[0] >> 4 > 1 || (segment[0] & 15) > 3 || total > segment.Length - 1 - MaxLength)
            {
                return;
            }

            tables[(4 * (segment[0] >> 4)) + (segment[0] & 15)] =
                new JpegTable(segment.Slice(1, MaxLength), segment.Slice(1 + MaxLength, total));
            segment = segment[(1 + MaxLength + total)..];
        }
    }

    public bool TryGet(int code, int length, out int symbol)
    {
        int place = code - firstCode[length];
        bool isThere = place >= 0 && place < counts[length];
        symbol = isThere ? symbols[firstSymbol[length] + place] : 0;
        return isThere;
    }
}
