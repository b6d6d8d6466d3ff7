namespace SamNative;

/// <summary>Answers points of a crop; a piece is a point.</summary>
internal sealed class PointsJob(PointAnswerer[] answerers) : Kernels.ParallelJob
{
    private AutomaticMask[][] found = [];
    private ReadOnlyMemory<SamPoint> points;
    private CancellationToken cancellation;

    /// <summary>Answers points, and gives their records in order, whichever worker made them.</summary>
    /// <param name="batch">In pixels of the crop.</param>
    public IEnumerable<AutomaticMask> Run(
        Kernels.WorkerPool pool, ReadOnlyMemory<SamPoint> batch, CancellationToken cancellationToken)
    {
        points = batch;
        cancellation = cancellationToken;
        found = new AutomaticMask[batch.Length][];
        pool.Run(this, batch.Length, cancellationToken);
        return found.SelectMany(masks => masks);
    }

    public override void Run(int index, int worker) =>
        found[index] = answerers[worker].Answer(points.Span[index], cancellation);
}
