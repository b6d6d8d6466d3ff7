using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace SamNative.Web;

/// <summary>
/// Does one thing at a time, in the order of asking, while a bounded number of others wait. Disposing marks it: who waits
/// or comes later gets <see cref="ObjectDisposedException"/>, and what is under way goes on to its end.
/// </summary>
/// <param name="maxWaiting">How many may wait.</param>
/// <param name="perClient">How many places one client may have.</param>
[SuppressMessage("Usage", "CA2213", Justification = "Those who still wait use them; they hold nothing of the system.")]
internal sealed class WorkLane(int maxWaiting, int perClient) : IDisposable
{
    private readonly Shares places = new(maxWaiting + 1, perClient);
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource closing = new();
    private double lastSeconds;

    /// <summary>How many things were done.</summary>
    public long Works { get; private set; }

    /// <summary>Whether something is being done.</summary>
    public bool IsWorking => turn.CurrentCount == 0;

    /// <summary>Takes a place in the lane, to be left by disposing it.</summary>
    /// <exception cref="WebProblemException">All places are taken, or all that the client may have.</exception>
    /// <exception cref="ObjectDisposedException">The lane is disposed.</exception>
    public Place Enter(IPAddress client)
    {
        ObjectDisposedException.ThrowIf(closing.IsCancellationRequested, this);
        return places.TryTake(client, 1) ? new Place(this, client) : throw WebProblemException.Busy(SecondsUntilFree);
    }

    public void Dispose() => closing.Cancel();

    /// <summary>When the queue will be done, if all in it takes as long as what was done last.</summary>
    private int SecondsUntilFree => (int)Math.Clamp(Math.Ceiling(lastSeconds * (maxWaiting + 1)), 1, 600);

    private async Task TakeTurn(CancellationToken cancellation)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closing.Token);
        try
        {
            await turn.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (closing.IsCancellationRequested)
        {
            throw new ObjectDisposedException("This lane was disposed.", error);
        }
    }

    /// <summary>A place in the lane.</summary>
    internal sealed class Place(WorkLane lane, IPAddress client) : IDisposable
    {
        /// <summary>Waits for the turn and does the work, away from the threads that serve requests.</summary>
        /// <exception cref="ObjectDisposedException">The lane was disposed before the turn came.</exception>
        public async Task<TResult> Do<TResult>(Func<TResult> work, CancellationToken cancellation)
        {
            await lane.TakeTurn(cancellation).ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            try
            {
                return await Task.Run(work, cancellation).ConfigureAwait(false);
            }
            finally
            {
                lane.lastSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                lane.Works++;
                lane.turn.Release();
            }
        }

        public void Dispose() => lane.places.Return(client, 1);
    }
}
