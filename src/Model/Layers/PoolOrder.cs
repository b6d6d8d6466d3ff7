namespace SamNative;

/// <summary>When workers would be done with pieces, each taking the next one as soon as it is free, as the pool has it.</summary>
internal static class PoolOrder
{
    /// <summary>When the last of some pieces ends.</summary>
    /// <param name="pieces">Their times on a worker of speed 1, in the pool's order.</param>
    /// <param name="speeds">For each worker, its speed.</param>
    public static double End(IEnumerable<double> pieces, IReadOnlyList<double> speeds)
    {
        // Of workers that are free at once the fastest is first.
        PriorityQueue<int, (double Free, double Slowness)> free = new();
        for (int worker = 0; worker < speeds.Count; worker++)
        {
            free.Enqueue(worker, (0, -speeds[worker]));
        }

        double last = 0;
        foreach (double piece in pieces)
        {
            free.TryDequeue(out int worker, out (double Free, double Slowness) at);
            double end = at.Free + (piece / speeds[worker]);
            free.Enqueue(worker, (end, -speeds[worker]));
            last = Math.Max(last, end);
        }

        return last;
    }
}
