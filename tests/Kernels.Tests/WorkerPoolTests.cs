using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>One job at a time shared by persistent threads: who does what, how often, and how it ends.</summary>
public sealed class WorkerPoolTests
{
    public static TheoryData<int> WorkerCounts => [1, 2, 3, 7];

    public static TheoryData<int, int> WorkersAndPieces => new(
        from workers in (int[])[1, 2, 3, 7] from pieces in (int[])[0, 1, 2, 1000] select (workers, pieces));

    [Theory]
    [MemberData(nameof(WorkersAndPieces))]
    public void All_pieces_run_exactly_once(int workers, int pieces)
    {
        using WorkerPool pool = new(workers);
        Assert.Equal(workers, pool.Workers);
        for (int round = 0; round < 50; round++)
        {
            int[] runs = new int[pieces];
            pool.Run(new Job((index, _) => runs[index]++), pieces, CancellationToken.None);
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(64)]
    [InlineData(257)]
    public void More_workers_than_pieces_are_fine(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int pieces = 0; pieces < workers + 10; pieces += 13)
        {
            int[] runs = new int[pieces];
            pool.Run(new Job((index, _) => runs[index]++), pieces, CancellationToken.None);
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public void A_thread_that_cannot_be_started_leaves_none_behind(int good)
    {
        List<Thread> started = [];
        NotSupportedException thrown = new("no thread");
        Assert.Same(thrown, Assert.Throws<NotSupportedException>(() => new WorkerPool(257, Start)));
        Assert.Equal(good, started.Count);
        Assert.All(started, thread => Assert.False(thread.IsAlive));

        void Start(Thread thread)
        {
            if (started.Count == good)
            {
                throw thrown;
            }

            thread.Start();
            started.Add(thread);
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void A_worker_number_belongs_to_one_thread_for_the_length_of_a_run(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int round = 0; round < 200; round++)
        {
            int[] owners = new int[workers];
            bool[] busy = new bool[workers];
            pool.Run(new Job(Enter), 100, CancellationToken.None);

            void Enter(int index, int worker)
            {
                int me = Environment.CurrentManagedThreadId;
                int owner = Interlocked.CompareExchange(ref owners[worker], me, 0);
                Assert.True(owner == 0 || owner == me, $"worker {worker} is two threads");
                Assert.False(Interlocked.Exchange(ref busy[worker], true), $"worker {worker} runs two pieces at once");
                Thread.SpinWait(20);
                busy[worker] = false;
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void All_workers_take_part(int workers)
    {
        using WorkerPool pool = new(workers);
        using Barrier everybody = new(workers);
        int[] pieces = new int[workers];
        pool.Run(new Job(Meet), workers, CancellationToken.None);
        Assert.All(pieces, count => Assert.Equal(1, count));

        void Meet(int index, int worker)
        {
            Assert.True(everybody.SignalAndWait(Waiting.Bound), "a worker did not come");
            pieces[worker]++;
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void An_exception_reaches_the_caller_and_the_pool_stays_usable(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int bad = 0; bad < 100; bad++)
        {
            InvalidOperationException thrown = new($"piece {bad}");
            InvalidOperationException caught = Assert.Throws<InvalidOperationException>(
                () => pool.Run(new Job((index, _) => FailAt(index, bad, thrown)), 100, CancellationToken.None));
            Assert.Same(thrown, caught);
            CheckUsable(pool);
        }

        static void FailAt(int index, int bad, Exception exception)
        {
            if (index == bad)
            {
                throw exception;
            }
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void Where_every_piece_fails_one_of_their_exceptions_reaches_the_caller(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int round = 0; round < 20; round++)
        {
            InvalidOperationException caught = Assert.Throws<InvalidOperationException>(() => pool.Run(
                new Job((index, _) => throw new InvalidOperationException($"{index}")), 100, CancellationToken.None));
            Assert.InRange(int.Parse(caught.Message), 0, 99);
            CheckUsable(pool);
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void A_job_cancelled_before_it_starts_runs_nothing(int workers)
    {
        using WorkerPool pool = new(workers);
        using CancellationTokenSource source = new();
        source.Cancel();
        int runs = 0;
        OperationCanceledException caught = Assert.Throws<OperationCanceledException>(
            () => pool.Run(new Job((_, _) => Interlocked.Increment(ref runs)), 100, source.Token));
        Assert.Equal(source.Token, caught.CancellationToken);
        Assert.Equal(0, runs);
        CheckUsable(pool);
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void A_job_cancelled_on_the_way_stops_between_pieces(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int round = 0; round < 20; round++)
        {
            using CancellationTokenSource source = new();
            int runs = 0;
            Assert.Throws<OperationCanceledException>(
                () => pool.Run(new Job((index, _) => CancelAt(index)), 1_000_000, source.Token));

            // Of the pieces claimed around the cancellation, one for each other worker, some run and some do not.
            Assert.InRange(runs, 11 - (workers - 1), 11 + (workers - 1));
            CheckUsable(pool);

            void CancelAt(int index)
            {
                Interlocked.Increment(ref runs);
                if (index == 10)
                {
                    source.Cancel();
                }
                else if (index > 10)
                {
                    source.Token.WaitHandle.WaitOne();
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void A_job_within_a_piece_is_done_by_the_piece_s_own_thread_as_worker_0(int workers)
    {
        using WorkerPool pool = new(workers);
        int inner = 0;
        pool.Run(new Job(Outer), 20, CancellationToken.None);
        Assert.Equal(20 * 30, inner);
        CheckUsable(pool);

        void Outer(int index, int worker)
        {
            int me = Environment.CurrentManagedThreadId;
            pool.Run(new Job(Inner), 30, CancellationToken.None);

            void Inner(int innerIndex, int innerWorker)
            {
                Assert.Equal(me, Environment.CurrentManagedThreadId);
                Assert.Equal(0, innerWorker);
                Interlocked.Increment(ref inner);
            }
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void An_exception_within_a_nested_job_reaches_the_outermost_caller(int workers)
    {
        using WorkerPool pool = new(workers);
        Job inner = new((_, _) => throw new TimeoutException("inner"));
        Assert.Throws<TimeoutException>(
            () => pool.Run(new Job((_, _) => pool.Run(inner, 5, CancellationToken.None)), 20, CancellationToken.None));
        CheckUsable(pool);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Many_callers_share_a_pool(int workers)
    {
        const int Callers = 8;
        const int Jobs = 200;
        using WorkerPool pool = new(workers);
        Exception? failure = null;
        ThreadStart start = () => failure = Record.Exception(Call) ?? failure;
        Thread[] callers = [.. Enumerable.Range(0, Callers).Select(_ => new Thread(start))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.Null(failure);

        void Call()
        {
            for (int job = 0; job < Jobs; job++)
            {
                CheckUsable(pool);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Twenty_thousand_tiny_jobs_in_a_row_lose_nothing(int workers)
    {
        // Short and long jobs in turn: a worker that comes too late for one must not meet the next half prepared.
        using WorkerPool pool = new(workers);
        int[] runs = new int[40];
        Job job = new((index, _) => runs[index]++);
        for (int i = 0; i < 20_000; i++)
        {
            pool.Run(job, i % 2 == 0 ? 2 : runs.Length, CancellationToken.None);
        }

        Assert.Equal([20_000, 20_000, .. Enumerable.Repeat(10_000, runs.Length - 2)], runs);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Parked_workers_wake_up(int workers)
    {
        using WorkerPool pool = new(workers);
        using Barrier everybody = new(workers);
        for (int i = 0; i < 20; i++)
        {
            Thread.Sleep(5 + (i % 3));
            pool.Run(new Job((_, _) => Assert.True(everybody.SignalAndWait(30_000))), workers, CancellationToken.None);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Disposal_joins_the_threads(int workers)
    {
        foreach (int pause in (int[])[0, 20])
        {
            Thread[] threads = new Thread[workers];
            WorkerPool pool = new(workers);
            using Barrier everybody = new(workers);
            pool.Run(new Job(Meet), workers, CancellationToken.None);
            Thread.Sleep(pause);
            pool.Dispose();
            Assert.All(threads.Skip(1), thread => Assert.False(thread.IsAlive));

            void Meet(int index, int worker)
            {
                threads[worker] = Thread.CurrentThread;
                Assert.True(workers == 1 || everybody.SignalAndWait(30_000));
            }
        }
    }

    [Theory]
    [MemberData(nameof(WorkerCounts))]
    public void Disposing_twice_is_fine(int workers)
    {
        WorkerPool pool = new(workers);
        CheckUsable(pool);
        pool.Dispose();
        pool.Dispose();
    }

    [Fact]
    public void A_pool_without_workers_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(-1));
    }

    private static void CheckUsable(WorkerPool pool)
    {
        int[] runs = new int[50];
        pool.Run(new Job((index, _) => runs[index]++), runs.Length, CancellationToken.None);
        Assert.Equal(-1, runs.AsSpan().IndexOfAnyExcept(1));
    }

    private sealed class Job(Action<int, int> piece) : ParallelJob
    {
        public override void Run(int index, int worker) => piece(index, worker);
    }
}
