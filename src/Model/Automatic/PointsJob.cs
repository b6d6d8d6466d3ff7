namespace SamNative;

/// <summary>Answers points of a crop; a piece is what an answerer does at a time.</summary>
internal sealed class PointsJob(PointAnswerer[] answerers) : Kernels.ParallelJob
{
    private Action<PointAnswerer, int> piece = (_, _) => { };

    /// <summary>Does numbered pieces, each on an answerer that nobody else uses meanwhile.</summary>
    public void Run(
        Kernels.WorkerPool pool, int pieces, Action<PointAnswerer, int> work, CancellationToken cancellationToken)
    {
        piece = work;
        pool.Run(this, pieces, cancellationToken);
    }

    public override void Run(int index, int worker) => piece(answerers[worker], index);
}
