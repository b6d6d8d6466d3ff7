namespace SamNative;

/// <summary>
/// Which blocks of rows are cut into strips, and how: the first ones are whole, all others are cut alike. Every strip makes
/// the sums of the weights anew (<see cref="Kernels.StrassenProduct"/>), so that cutting costs work; it is worth it where
/// workers would wait for the last blocks otherwise.
/// </summary>
/// <param name="Whole">Blocks that are whole.</param>
/// <param name="Tiles">Tiles that a block is high.</param>
/// <param name="Strips">Tiles of the strips of all others, descending.</param>
internal sealed record BlockCuts(int Whole, int Tiles, IReadOnlyList<int> Strips)
{
    /// <summary>What a strip costs beside its tiles, in tiles: measured, docs/performance.md.</summary>
    private const double StripCost = 0.7;

    /// <summary>How much a machine of equal workers counts beside one of which half are half as fast.</summary>
    private const int EqualCounts = 3;

    /// <summary>The last that were looked for: all layers of a model want the same.</summary>
    private static volatile Found? last;

    /// <summary>
    /// The cuts that waste least of the time of so many workers; where they are so many that each has but a block or two, also
    /// of workers of which half are half as fast, as many processors have them.
    /// </summary>
    /// <param name="blocks">Blocks of rows.</param>
    /// <param name="tiles">Tiles that a block is high.</param>
    public static BlockCuts Best(int blocks, int tiles, int workers)
    {
        Found? found = last;
        if (found is null || found.Blocks != blocks || found.Cuts.Tiles != tiles || found.Workers != workers)
        {
            last = found = new Found(blocks, workers, Find(blocks, tiles, workers));
        }

        return found.Cuts;
    }

    private static BlockCuts Find(int blocks, int tiles, int workers)
    {
        double[] equal = [.. Enumerable.Repeat(1.0, workers)];
        double[] unequal = [.. equal.Select((speed, worker) => worker < (workers + 1) / 2 ? speed : speed / 2)];
        bool mayBeUnequal = 2 * workers > blocks;
        BlockCuts best = new(blocks, tiles, [tiles]);
        double most = Worth(best);
        foreach (int[] strips in Partitions(tiles, tiles).Where(strips => strips.Length > 1))
        {
            for (int whole = 0; whole < blocks && workers > 1; whole++)
            {
                BlockCuts cuts = new(whole, tiles, strips);
                double worth = Worth(cuts);
                if (worth > most)
                {
                    (best, most) = (cuts, worth);
                }
            }
        }

        return best;

        double Worth(BlockCuts cuts) =>
            (EqualCounts * cuts.Busy(blocks, equal)) + (mayBeUnequal ? cuts.Busy(blocks, unequal) : 0);
    }

    /// <summary>Tiles of the strips of a block.</summary>
    public IReadOnlyList<int> TilesOf(int block) => block < Whole ? [Tiles] : Strips;

    /// <summary>
    /// Which share of the workers' time the work takes, were it not cut, until the last of them ends: each takes the largest
    /// strip that is left as soon as it is free.
    /// </summary>
    private double Busy(int blocks, double[] speeds)
    {
        IEnumerable<double> strips = Enumerable.Range(0, blocks).SelectMany(TilesOf).OrderDescending()
            .Select(strip => strip + StripCost);
        return blocks * (Tiles + StripCost) / speeds.Sum() / PoolOrder.End(strips, speeds);
    }

    /// <summary>All ways to write a number as a sum of descending ones.</summary>
    private static IEnumerable<int[]> Partitions(int sum, int most)
    {
        if (sum == 0)
        {
            return [[]];
        }

        return Enumerable.Range(1, Math.Min(sum, most))
            .SelectMany(first => Partitions(sum - first, first).Select(rest => (int[])[first, .. rest]));
    }

    private sealed class Found(int blocks, int workers, BlockCuts cuts)
    {
        public int Blocks => blocks;

        public int Workers => workers;

        public BlockCuts Cuts => cuts;
    }
}
