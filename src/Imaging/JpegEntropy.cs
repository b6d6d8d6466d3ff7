using System.Buffers.Binary;

namespace SamNative.Imaging;

/// <summary>
/// Finds out whether the data of a JPEG that has no end mark are whole: reads the codes of every scan, without making
/// pixels of them. Decoders cannot be asked: where data end they make some up, and what comes of it can look right.
/// ITU-T T.81, annexes F and G.
/// </summary>
internal ref struct JpegEntropy
{
    private readonly ReadOnlySpan<byte> content;
    private readonly JpegTable?[] tables = new JpegTable?[8];
    private JpegFrame? frame;
    private int restartInterval;

    private JpegBits bits;
    private int endOfBandRun;
    private int first, last, high, low;

    private JpegEntropy(ReadOnlySpan<byte> file) => content = file;

    /// <summary>Whether all of the picture is there.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> content) => new JpegEntropy(content).IsWhole();

    private bool IsWhole()
    {
        JpegMarkers markers = new(content);
        while (markers.MoveNext())
        {
            ReadOnlySpan<byte> segment = markers.Segment;
            if (markers.IsFrame)
            {
                // A second frame would be one of a hierarchical picture, which no decoder reads.
                frame = frame is null ? JpegFrame.Read(markers.Marker, segment) : null;
            }
            else if (markers.Marker == JpegMarkers.HuffmanTables)
            {
                JpegTable.Read(segment, tables);
            }
            else if (markers.Marker == JpegMarkers.RestartInterval && segment.Length >= 2)
            {
                restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
            }
            else if (markers.Marker == JpegMarkers.StartOfScan && !IsWholeScan(segment, markers.Position))
            {
                return false;
            }
        }

        return frame is { IsComplete: true };
    }

    /// <summary>Reads a scan, if its header makes sense.</summary>
    private bool IsWholeScan(ReadOnlySpan<byte> header, int data)
    {
        int count = header.IsEmpty ? 0 : header[0];
        if (frame is null || count is < 1 or > 4 || header.Length < 4 + (2 * count))
        {
            return false;
        }

        Part[] parts = new Part[count];
        for (int i = 0; i < count; i++)
        {
            (byte id, byte numbers) = (header[1 + (2 * i)], header[2 + (2 * i)]);
            if (frame.Planes.FirstOrDefault(plane => plane.Id == id) is not { } plane)
            {
                return false;
            }

            parts[i] = new Part(plane, tables[(numbers >> 4) & 3], tables[4 + (numbers & 3)]);
        }

        ReadOnlySpan<byte> range = header[(1 + (2 * count))..];
        (first, last, high, low) = frame.IsProgressive ? (range[0], range[1], range[2] >> 4, range[2] & 15) : (0, 63, 0, 0);
        bool makesSense = first <= last && last < 64 && low < 14
            && (!frame.IsProgressive || (first == 0 ? last == 0 : count == 1));
        if (!makesSense)
        {
            return false;
        }

        bits = new JpegBits(content, data);
        ReadScan(parts);
        foreach (Part part in parts)
        {
            part.Plane.Missing[first..(last + 1)].Fill((byte)low);
        }

        return !bits.HasFailed;
    }

    private void ReadScan(Part[] parts)
    {
        bool isAlone = parts.Length == 1;
        int across = isAlone ? parts[0].Plane.Width : frame!.UnitsAcross;
        int down = isAlone ? parts[0].Plane.Height : frame!.UnitsDown;
        int untilRestart = restartInterval;
        endOfBandRun = 0;
        for (int y = 0; y < down; y++)
        {
            for (int x = 0; x < across && !bits.HasFailed; x++)
            {
                if (restartInterval > 0 && untilRestart-- == 0)
                {
                    bits.Restart();
                    endOfBandRun = 0;
                    untilRestart = restartInterval - 1;
                }

                foreach (Part part in parts)
                {
                    ReadUnit(part, x, y, isAlone ? 1 : part.Plane.Across, isAlone ? 1 : part.Plane.Down);
                }
            }
        }
    }

    private void ReadUnit(Part part, int x, int y, int across, int down)
    {
        for (int i = 0; i < across * down; i++)
        {
            if (!frame!.IsProgressive)
            {
                SkipNumber(bits.Read(part.Means));
                ReadSequential(part.Others);
            }
            else if (first == 0)
            {
                ReadMean(part.Means);
            }
            else
            {
                ref ulong nonzero = ref part.Plane.NonzeroOf((x * across) + (i % across), (y * down) + (i / across));
                if (high == 0)
                {
                    ReadBand(part.Others, ref nonzero);
                }
                else
                {
                    RefineBand(part.Others, ref nonzero);
                }
            }
        }
    }

    private void SkipNumber(int length) => bits.Read(Math.Min(length, 16));

    /// <summary>Reads the coefficients of a block behind its mean.</summary>
    private void ReadSequential(JpegTable? table)
    {
        for (int k = 1; k < 64 && !bits.HasFailed; k++)
        {
            int symbol = bits.Read(table);
            (int zeros, int length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros < 15)
            {
                break;
            }

            k += zeros;
            SkipNumber(length);
        }
    }

    private void ReadMean(JpegTable? table)
    {
        if (high == 0)
        {
            SkipNumber(bits.Read(table));
        }
        else
        {
            bits.Read(1);
        }
    }

    private void ReadBand(JpegTable? table, ref ulong nonzero)
    {
        if (endOfBandRun > 0)
        {
            endOfBandRun--;
            return;
        }

        for (int k = first; k <= last && !bits.HasFailed; k++)
        {
            int symbol = bits.Read(table);
            (int zeros, int length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros < 15)
            {
                endOfBandRun = (1 << zeros) - 1 + bits.Read(zeros);
                break;
            }

            k += zeros;
            if (length > 0)
            {
                SkipNumber(length);
                nonzero |= Bit(k);
            }
        }
    }

    private void RefineBand(JpegTable? table, ref ulong nonzero)
    {
        int k = first;
        for (; endOfBandRun == 0 && k <= last && !bits.HasFailed; k++)
        {
            int symbol = bits.Read(table);
            (int zeros, int length) = (symbol >> 4, symbol & 15);
            if (length == 0 && zeros < 15)
            {
                endOfBandRun = (1 << zeros) + bits.Read(zeros);
                break;
            }

            SkipNumber(length);
            k = Correct(k, zeros, nonzero);
            if (length > 0)
            {
                nonzero |= Bit(k);
            }
        }

        if (endOfBandRun > 0)
        {
            endOfBandRun--;
            Correct(k, int.MaxValue, nonzero);
        }
    }

    /// <summary>Reads a bit for each coefficient that is known, and stops behind so many that are zero.</summary>
    private int Correct(int k, int zeros, ulong nonzero)
    {
        for (; k <= last; k++)
        {
            if ((nonzero & Bit(k)) != 0)
            {
                bits.Read(1);
            }
            else if (zeros-- == 0)
            {
                break;
            }
        }

        return k;
    }

    /// <summary>A plane in a scan, and the tables for the mean of its blocks and for their other coefficients.</summary>
    private readonly record struct Part(JpegFrame.Plane Plane, JpegTable? Means, JpegTable? Others);

    private static ulong Bit(int k) => k < 64 ? 1UL << k : 0;
}
