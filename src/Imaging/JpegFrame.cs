using System.Buffers.Binary;

namespace SamNative.Imaging;

/// <summary>The size of a JPEG picture and the planes it is made of: ITU-T T.81, B.2.2 and A.1.1.</summary>
internal sealed class JpegFrame
{
    private const int MaxPlanes = 4, MaxSampling = 4;

    private JpegFrame(bool isProgressive, int width, int height, Plane[] planes)
    {
        (IsProgressive, Planes) = (isProgressive, planes);
        int across = planes.Max(plane => plane.Across), along = planes.Max(plane => plane.Down);
        UnitsAcross = Parts(width, 8 * across);
        UnitsDown = Parts(height, 8 * along);
        foreach (Plane plane in planes)
        {
            plane.SetSize(
                Parts(Parts(width * plane.Across, across), 8), Parts(Parts(height * plane.Down, along), 8),
                UnitsAcross * plane.Across, UnitsDown * plane.Down, isProgressive);
        }
    }

    /// <summary>Whether coefficients come in several scans, a part of each at a time.</summary>
    public bool IsProgressive { get; }

    public IReadOnlyList<Plane> Planes { get; }

    /// <summary>Units of a scan of several planes in a row.</summary>
    public int UnitsAcross { get; }

    /// <summary>Their rows.</summary>
    public int UnitsDown { get; }

    /// <summary>Whether every bit of every coefficient has come.</summary>
    public bool IsComplete => Planes.All(plane => !plane.Missing.ContainsAnyExcept((byte)0));

    /// <summary>Reads a frame's header; null where it is damaged or of a kind that decoders do not know.</summary>
    public static JpegFrame? Read(byte marker, ReadOnlySpan<byte> segment)
    {
        const int header = 6, perPlane = 3;
        if (marker is not (0xC0 or 0xC1 or 0xC2) || segment.Length < header)
        {
            return null;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        int count = segment[5];
        if (width == 0 || height == 0 || count is < 1 or > MaxPlanes || segment.Length < header + (count * perPlane))
        {
            return null;
        }

        Plane[] planes = new Plane[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> plane = segment.Slice(header + (i * perPlane), perPlane);
            (int across, int down) = (plane[1] >> 4, plane[1] & 15);
            if (across is < 1 or > MaxSampling || down is < 1 or > MaxSampling)
            {
                return null;
            }

            planes[i] = new Plane(plane[0], across, down);
        }

        return new JpegFrame(marker == 0xC2, width, height, planes);
    }

    private static int Parts(int length, int size) => (length + size - 1) / size;

    /// <summary>One of the planes, in blocks of 8 x 8 samples.</summary>
    /// <param name="id">Its name in the headers of scans.</param>
    /// <param name="across">Blocks in a row of a unit of several planes.</param>
    /// <param name="down">Rows of blocks in such a unit.</param>
    internal sealed class Plane(byte id, int across, int down)
    {
        private readonly byte[] missing = [.. Enumerable.Repeat(byte.MaxValue, 64)];
        private ulong[] nonzero = [];
        private int stride;

        public byte Id => id;

        public int Across => across;

        public int Down => down;

        /// <summary>Blocks in a row of a scan of this plane alone.</summary>
        public int Width { get; private set; }

        /// <summary>Rows of blocks in such a scan.</summary>
        public int Height { get; private set; }

        /// <summary>How many low bits of each coefficient have not come; 255 where nothing has.</summary>
        public Span<byte> Missing => missing;

        /// <summary>The coefficients of a block that are known not to be zero, a bit each.</summary>
        public ref ulong NonzeroOf(int x, int y) => ref nonzero[(y * stride) + x];

        public void SetSize(int width, int height, int paddedWidth, int paddedHeight, bool isProgressive)
        {
            (Width, Height, stride) = (width, height, paddedWidth);
            nonzero = isProgressive ? new ulong[paddedWidth * paddedHeight] : [];
        }
    }
}
