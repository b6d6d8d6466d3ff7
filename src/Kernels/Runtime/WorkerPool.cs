using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace SamNative.Kernels;

/// <summary>Work that falls into numbered pieces which may run in any order, at the same time.</summary>
internal abstract class ParallelJob
{
    /// <summary>Does one piece. worker is in 0 … Workers-1 and belongs to one thread for the length of a run.</summary>
    public abstract void Run(int index, int worker);
}

/// <summary>
/// Persistent threads that share the pieces of one job at a time, the calling thread among them. Pieces are claimed one
/// by one, so unequal cores and unequal pieces balance. Waiting workers spin shortly, then park; at once where there are
/// more of them than processors. A second job that comes while one runs, from another thread or from inside a piece, is
/// done by its caller alone, as worker 0 of its own job.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Looks for the next job before a worker parks, where each has a processor to itself.</summary>
    private const int Spins = 4000;

    /// <summary>Added to <see cref="inside"/> while no job is open: whoever enters then sees a negative count and leaves.</summary>
    private const int Closed = int.MinValue / 2;

    private readonly Thread[] threads;
    private readonly SemaphoreSlim[] wake;
    private readonly int[] parked;
    private readonly Lock gate = new();
    private readonly int spinsBeforeParking;

    private ParallelJob? job;
    private int count;
    private CancellationToken cancellation;
    private ExceptionDispatchInfo? failure;
    private int next;
    private int inside = Closed;
    private volatile int epoch;
    private volatile bool stopping;

    /// <param name="workers">How many threads share a job, the caller included.</param>
    /// <param name="start">Starts a thread; null for what always does.</param>
    /// <exception cref="OutOfMemoryException">The system gives no further thread; none is left behind.</exception>
    public WorkerPool(int workers, Action<Thread>? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;
        spinsBeforeParking = workers <= Environment.ProcessorCount ? Spins : 0;
        threads = new Thread[workers - 1];
        wake = new SemaphoreSlim[workers - 1];
        parked = new int[workers - 1];
        int started = 0;
        try
        {
            for (; started < threads.Length; started++)
            {
                int worker = started + 1;
                wake[started] = new SemaphoreSlim(0);
                threads[started] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"SamNative worker {worker}" };
                (start ?? (thread => thread.Start()))(threads[started]);
            }
        }
        catch
        {
            End(started);
            throw;
        }
    }

    /// <summary>Called before every piece of any pool; tests hold calls there.</summary>
    public static Action? Probe { get; set; }

    /// <summary>How many threads share a job, the caller included.</summary>
    public int Workers { get; }

    /// <summary>Runs all pieces of a job and returns when the last is done.</summary>
    /// <exception cref="OperationCanceledException">Cancelled before the last piece was done; some may not have run.</exception>
    public void Run(ParallelJob work, int pieces, CancellationToken cancellationToken)
    {
        if (threads.Length == 0 || pieces <= 1 || gate.IsHeldByCurrentThread || !gate.TryEnter())
        {
            RunAlone(work, pieces, cancellationToken);
            return;
        }

        try
        {
            Open(work, pieces, cancellationToken);
            Claim(0);
            Close();
            ExceptionDispatchInfo? thrown = failure;
            failure = null;
            thrown?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Ends the threads. No job may be running or be started any more.</summary>
    public void Dispose()
    {
        if (stopping)
        {
            return;
        }

        End(threads.Length);
    }

    /// <summary>
    /// Lets the threads end without waiting for them. For an owner's finalizer: the threads keep the pool alive, which so
    /// cannot have one.
    /// </summary>
    public void Abandon()
    {
        if (!stopping)
        {
            Stop(threads.Length);
        }
    }

    private void Stop(int started)
    {
        stopping = true;
        for (int i = 0; i < started; i++)
        {
            wake[i].Release();
        }
    }

    /// <summary>Ends the first so many threads, which are those that were started.</summary>
    private void End(int started)
    {
        Stop(started);
        for (int i = 0; i < started; i++)
        {
            threads[i].Join();
            wake[i].Dispose();
        }
    }

    private static void RunAlone(ParallelJob work, int pieces, CancellationToken cancellationToken)
    {
        for (int i = 0; i < pieces; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Probe?.Invoke();
            work.Run(i, 0);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Open(ParallelJob work, int pieces, CancellationToken cancellationToken)
    {
        job = work;
        count = pieces;
        cancellation = cancellationToken;
        next = -1;
        Interlocked.Add(ref inside, -Closed);
        epoch++;
        for (int i = 0; i < parked.Length; i++)
        {
            if (Interlocked.Exchange(ref parked[i], 0) == 1)
            {
                wake[i].Release();
            }
        }
    }

    private void Close()
    {
        Interlocked.Add(ref inside, Closed);
        SpinWait spin = default;
        while (Volatile.Read(ref inside) != Closed)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        job = null;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Every exception is carried to the caller of Run.")]
    private void Claim(int worker)
    {
        try
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count && !cancellation.IsCancellationRequested;)
            {
                Probe?.Invoke();
                job!.Run(i, worker);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref next, count);
        }
    }

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            seen = AwaitJob(worker - 1, seen);
            if (stopping)
            {
                return;
            }

            if (Interlocked.Increment(ref inside) > 0)
            {
                Claim(worker);
            }

            Interlocked.Decrement(ref inside);
        }
    }

    private int AwaitJob(int slot, int seen)
    {
        for (int spins = 0; epoch == seen && !stopping; spins++)
        {
            if (spins < spinsBeforeParking)
            {
                Thread.SpinWait(8);
                continue;
            }

            Volatile.Write(ref parked[slot], 1);
            Interlocked.MemoryBarrier();
            if (epoch != seen || stopping)
            {
                // Woken between the last look and parking. If the opener took the mark away, its release is on its way.
                if (Interlocked.Exchange(ref parked[slot], 0) == 0)
                {
                    wake[slot].Wait();
                }

                break;
            }

            wake[slot].Wait();
            spins = 0;
        }

        return epoch;
    }
}
