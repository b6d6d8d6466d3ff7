namespace SamNative;

/// <summary>
/// Which blocks of rows are cut into strips, and how: the first ones are whole, all others are cut alike. Every strip makes
/// the sums of the weights anew (<see cref="Kernels.StrassenProduct"/>), so that cutting costs work; it is worth it where
/// workers would wait for the last blocks otherwise.
/// </summary>
/// <param name="Whole">Blocks that are whole.</param>
/// <param name="Strips">Tiles of the strips of all others, descending.</param>
internal sealed record BlockCuts(int Whole, int Tiles, IReadOnlyList<int> Strips)
{
    /// <summary>What a strip costs beside its tiles, in tiles: measured, docs/performance.md.</summary>
    private const double StripCost = 0.35;

    /// <summary>The cuts with which the last of so many equal workers ends first.</summary>
    /// <param name="blocks">Blocks of rows.</param>
    /// <param name="tiles">Tiles that a block is high.</param>
    public static BlockCuts Best(int blocks, int tiles, int workers)
    {
        BlockCuts best = new(blocks, tiles, [tiles]);
        double shortest = best.End(blocks, workers);
        foreach (int[] strips in Partitions(tiles, tiles).Where(strips => strips.Length > 1))
        {
            for (int whole = 0; whole < blocks && workers > 1; whole++)
            {
                BlockCuts cuts = new(whole, tiles, strips);
                double end = cuts.End(blocks, workers);
                if (end < shortest)
                {
                    (best, shortest) = (cuts, end);
                }
            }
        }

        return best;
    }

    /// <summary>Tiles of the strips of a block.</summary>
    public IReadOnlyList<int> TilesOf(int block) => block < Whole ? [Tiles] : Strips;

    /// <summary>When the last worker ends if each takes the largest strip that is left as soon as it is free.</summary>
    private double End(int blocks, int workers)
    {
        PriorityQueue<double, double> free = new(Enumerable.Repeat((0.0, 0.0), workers));
        double last = 0;
        foreach (int strip in Enumerable.Range(0, blocks).SelectMany(TilesOf).OrderDescending())
        {
            double end = free.Dequeue() + strip + StripCost;
            free.Enqueue(end, end);
            last = Math.Max(last, end);
        }

        return last;
    }

    /// <summary>All ways to write a number as a sum of descending ones.</summary>
    private static IEnumerable<int[]> Partitions(int sum, int most)
    {
        if (sum == 0)
        {
            return [[]];
        }

        return from first in Enumerable.Range(1, Math.Min(sum, most))
            from rest in Partitions(sum - first, first)
            select (int[])[first, .. rest];
    }
}
