using System.Numerics;

namespace SamNative;

/// <summary>
/// Walks the sides between pixels in and out of a mask, the mask always on the right-hand side. Rows are searched from
/// the top: a side above a pixel that no ring has passed yet begins an outer ring, and then a side below a pixel that
/// no ring has passed begins a hole, since both kinds of ring are found in their topmost row. The part a hole belongs
/// to is known by the ring that passes the left end of the run of pixels above the hole: that ring has a row at least
/// as high, and was therefore walked before.
/// </summary>
internal sealed class PolygonTracer
{
    private static readonly (int X, int Y)[] steps = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    private readonly SamMask mask;
    private readonly SamMask passedAbove;
    private readonly SamMask passedBelow;
    private readonly Dictionary<(int X, int Y), int> partOfLeftSide = [];
    private readonly List<IReadOnlyList<(int X, int Y)>> outers = [];
    private readonly List<List<IReadOnlyList<(int X, int Y)>>> holes = [];
    private readonly ulong[] nothing;
    private readonly CancellationToken cancellationToken;

    private PolygonTracer(SamMask mask, CancellationToken cancellationToken)
    {
        this.mask = mask;
        this.cancellationToken = cancellationToken;
        passedAbove = new SamMask(mask.Width, mask.Height);
        passedBelow = new SamMask(mask.Width, mask.Height);
        nothing = new ulong[mask.RowBits(0).Length];
    }

    private enum Heading
    {
        East,
        South,
        West,
        North,
    }

    public static IReadOnlyList<MaskPolygon> Trace(SamMask mask, CancellationToken cancellationToken = default)
    {
        PolygonTracer tracer = new(mask, cancellationToken);
        for (int y = 0; y < mask.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tracer.FindOuterRings(y);
            tracer.FindHoles(y);
        }

        return [.. tracer.outers.Zip(tracer.holes, (outer, holes) => new MaskPolygon(outer, holes))];
    }

    private void FindOuterRings(int y)
    {
        for (int word = 0; word < nothing.Length; word++)
        {
            for (ulong found; (found = Unpassed(passedAbove, y, y - 1, word)) != 0;)
            {
                int x = (word * 64) + BitOperations.TrailingZeroCount(found);
                holes.Add([]);
                outers.Add(Walk((x, y), Heading.East, outers.Count));
            }
        }
    }

    private void FindHoles(int y)
    {
        for (int word = 0; word < nothing.Length; word++)
        {
            for (ulong found; (found = Unpassed(passedBelow, y, y + 1, word)) != 0;)
            {
                int x = (word * 64) + BitOperations.TrailingZeroCount(found);
                int part = partOfLeftSide[(StartOfRun(x, y), y)];
                holes[part].Add(Walk((x + 1, y + 1), Heading.West, part));
            }
        }
    }

    // Pixels of row y that are not continued in the neighbouring row, and whose side between the two no ring has
    // passed.
    private ulong Unpassed(SamMask passed, int y, int neighbour, int word)
    {
        ReadOnlySpan<ulong> beyond = neighbour >= 0 && neighbour < mask.Height ? mask.RowBits(neighbour) : nothing;
        return mask.RowBits(y)[word] & ~beyond[word] & ~passed.RowBits(y)[word];
    }

    private int StartOfRun(int x, int y)
    {
        ReadOnlySpan<ulong> row = mask.RowBits(y);
        int word = x / 64;
        ulong gaps = ~row[word] & ((1UL << (x % 64)) - 1);
        while (gaps == 0 && word > 0)
        {
            gaps = ~row[--word];
        }

        return gaps == 0 ? 0 : (word * 64) + BitOperations.Log2(gaps) + 1;
    }

    // From a corner and a heading all the way round; the corners are where the heading changes.
    private List<(int X, int Y)> Walk((int X, int Y) start, Heading startHeading, int part)
    {
        List<(int X, int Y)> corners = [];
        (int x, int y) = start;
        Heading heading = startHeading;
        do
        {
            RunLengths.LookAt(corners.Count, cancellationToken);
            MarkPassed(x, y, heading, part);
            x += steps[(int)heading].X;
            y += steps[(int)heading].Y;
            int turn = Turn(x, y, heading);
            if (turn != 0)
            {
                corners.Add((x, y));
                heading = (Heading)(((int)heading + turn) & 3);
            }
        }
        while ((x, y) != start || heading != startHeading);

        return corners;
    }

    // Left where the pixel ahead on the left is in, even when the one on the right is not: that joins pixels which
    // touch at a corner.
    private int Turn(int x, int y, Heading heading)
    {
        (bool left, bool right) = heading switch
        {
            Heading.East => (IsIn(x, y - 1), IsIn(x, y)),
            Heading.South => (IsIn(x, y), IsIn(x - 1, y)),
            Heading.West => (IsIn(x - 1, y), IsIn(x - 1, y - 1)),
            _ => (IsIn(x - 1, y - 1), IsIn(x, y - 1)),
        };
        return left ? -1 : right ? 0 : 1;
    }

    private void MarkPassed(int x, int y, Heading heading, int part)
    {
        switch (heading)
        {
            case Heading.East:
                passedAbove.RowBits(y)[x / 64] |= 1UL << (x % 64);
                break;
            case Heading.West:
                passedBelow.RowBits(y - 1)[(x - 1) / 64] |= 1UL << ((x - 1) % 64);
                break;
            case Heading.North:
                partOfLeftSide[(x, y - 1)] = part;
                break;
            default:
                break;
        }
    }

    private bool IsIn(int x, int y) =>
        (uint)x < (uint)mask.Width && (uint)y < (uint)mask.Height && mask[x, y];
}
