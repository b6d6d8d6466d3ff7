using System.Numerics;

namespace SamNative;

/// <summary>
/// The connected regions of a mask, or of what lies outside it: runs of its rows, joined where they touch. Regions are
/// numbered by their first run, row by row.
/// </summary>
internal sealed class MaskRegions
{
    private readonly SamMask mask;
    private readonly int reach;
    private readonly List<(int Row, int Start, int End)> runs = [];
    private readonly List<int> parents = [];
    private readonly int[] sizes;

    /// <param name="inside">Regions of the mask's pixels, or of the others.</param>
    /// <param name="diagonal">Whether pixels that touch at a corner belong together.</param>
    public MaskRegions(SamMask mask, bool inside, bool diagonal, CancellationToken cancellationToken = default)
    {
        this.mask = mask;
        reach = diagonal ? 1 : 0;
        int above = 0;
        for (int y = 0; y < mask.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = runs.Count;
            AddRuns(y, inside ? 0 : ulong.MaxValue);
            Join(above, first);
            above = first;
        }

        sizes = new int[runs.Count];
        for (int i = 0; i < runs.Count; i++)
        {
            sizes[Root(i)] += runs[i].End - runs[i].Start;
        }
    }

    /// <summary>The regions' numbers.</summary>
    public IEnumerable<int> Regions => Enumerable.Range(0, runs.Count).Where(i => parents[i] == i);

    /// <summary>The pixels of a region.</summary>
    public int Size(int region) => sizes[region];

    /// <summary>The regions that reach an edge of the picture.</summary>
    public HashSet<int> AtTheBorder()
    {
        HashSet<int> border = [];
        for (int i = 0; i < runs.Count; i++)
        {
            (int row, int start, int end) = runs[i];
            if (row == 0 || row == mask.Height - 1 || start == 0 || end == mask.Width)
            {
                border.Add(Root(i));
            }
        }

        return border;
    }

    /// <summary>Changes the pixels of regions: out to in, or in to out.</summary>
    public void Flip(HashSet<int> regions)
    {
        for (int i = 0; i < runs.Count; i++)
        {
            if (regions.Contains(Root(i)))
            {
                Flip(mask.RowBits(runs[i].Row), runs[i].Start, runs[i].End);
            }
        }
    }

    private void AddRuns(int y, ulong flip)
    {
        ReadOnlySpan<ulong> row = mask.RowBits(y);
        for (int start = Next(row, 0, flip); start < mask.Width;)
        {
            int end = Next(row, start, ~flip);
            parents.Add(runs.Count);
            runs.Add((y, start, end));
            start = Next(row, end, flip);
        }
    }

    /// <summary>The next pixel that is in, or out where all bits are flipped; the row's width where there is none.</summary>
    private int Next(ReadOnlySpan<ulong> row, int from, ulong flip)
    {
        for (int word = from / 64; word < row.Length; word++, from = word * 64)
        {
            ulong bits = (row[word] ^ flip) >> (from % 64) << (from % 64);
            if (bits != 0)
            {
                return Math.Min(mask.Width, (word * 64) + BitOperations.TrailingZeroCount(bits));
            }
        }

        return mask.Width;
    }

    /// <summary>Joins the runs of a row with those of the row above that they touch.</summary>
    private void Join(int above, int first)
    {
        for (int i = first, other = above; i < runs.Count && other < first;)
        {
            if (runs[i].Start < runs[other].End + reach && runs[other].Start < runs[i].End + reach)
            {
                int a = Root(i);
                int b = Root(other);
                parents[Math.Max(a, b)] = Math.Min(a, b);
            }

            _ = runs[other].End < runs[i].End ? other++ : i++;
        }
    }

    private int Root(int run)
    {
        while (parents[run] != run)
        {
            run = parents[run] = parents[parents[run]];
        }

        return run;
    }

    private static void Flip(Span<ulong> row, int from, int to)
    {
        while (from < to)
        {
            int bits = Math.Min(64 - (from % 64), to - from);
            row[from / 64] ^= (ulong.MaxValue >> (64 - bits)) << (from % 64);
            from += bits;
        }
    }
}
