using System.Diagnostics;

namespace SamNative.Web;

/// <summary>Does one thing at a time, in the order of asking, while a bounded number of others wait.</summary>
/// <param name="maxWaiting">How many may wait.</param>
internal sealed class WorkLane(int maxWaiting) : IDisposable
{
    private readonly SemaphoreSlim places = new(maxWaiting + 1);
    private readonly SemaphoreSlim turn = new(1);
    private double lastSeconds;

    /// <summary>Takes a place in the lane, to be left by disposing it.</summary>
    /// <exception cref="WebProblemException">All places are taken.</exception>
    public Place Enter() => places.Wait(0) ? new Place(this) : throw WebProblemException.Busy(SecondsUntilFree);

    public void Dispose()
    {
        places.Dispose();
        turn.Dispose();
    }

    /// <summary>When the queue will be done, if all in it takes as long as what was done last.</summary>
    private int SecondsUntilFree => (int)Math.Clamp(Math.Ceiling(lastSeconds * (maxWaiting + 1)), 1, 600);

    /// <summary>A place in the lane.</summary>
    internal sealed class Place(WorkLane lane) : IDisposable
    {
        /// <summary>Waits for the turn and does the work, away from the threads that serve requests.</summary>
        public async Task<TResult> Do<TResult>(Func<TResult> work, CancellationToken cancellation)
        {
            await lane.turn.WaitAsync(cancellation).ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            try
            {
                return await Task.Run(work, cancellation).ConfigureAwait(false);
            }
            finally
            {
                lane.lastSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                lane.turn.Release();
            }
        }

        public void Dispose() => lane.places.Release();
    }
}
