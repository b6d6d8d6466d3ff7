using System.Diagnostics;
using SamNative.Tests.Support;

namespace SamNative.Cli.Tests;

/// <summary>
/// Kills a run of the program again and again at random moments, the same ones for the same seed. Every other kill is
/// spread over the whole run; the others are aimed at the time it writes, which is short and where harm can be done.
/// </summary>
internal sealed class KillAtRandom
{
    /// <summary>Every so many kills the program is left to finish.</summary>
    private const int FinishEvery = 10;

    /// <summary>How often to kill.</summary>
    public int Kills { get; init; } = 50;

    /// <summary>Starts the run that is to be killed.</summary>
    public required Func<RunningProgram> Start { get; init; }

    /// <summary>Whether the program is writing just now.</summary>
    public required Func<bool> IsWriting { get; init; }

    /// <summary>Checks what a killed run left; told whether it had come to its end before.</summary>
    public required Action<bool> AfterKill { get; init; }

    /// <summary>Checks what a run left that was not killed, and makes place for the next one.</summary>
    public required Action AfterFinish { get; init; }

    /// <summary>Runs, kills, and lets it finish in between and in the end.</summary>
    /// <returns>How many runs were killed while they were writing.</returns>
    public int Run(int seed)
    {
        Random random = new(seed);
        (TimeSpan whole, TimeSpan writing) = Finish();
        int hits = 0;
        for (int kill = 1; kill <= Kills; kill++)
        {
            using (RunningProgram run = Start())
            {
                bool aimed = kill % 2 == 0;
                if (aimed)
                {
                    WaitForWriting(run);
                }

                Wait(run, random.NextDouble() * (aimed ? writing : whole));
                hits += IsWriting() ? 1 : 0;
                bool ended = run.Kill();
                AfterKill(ended);
            }

            if (kill % FinishEvery == 0)
            {
                Finish();
            }
        }

        return hits;
    }

    /// <summary>Lets a run come to its end, and measures it.</summary>
    private (TimeSpan Whole, TimeSpan Writing) Finish()
    {
        Stopwatch watch = Stopwatch.StartNew();
        using RunningProgram run = Start();
        WaitForWriting(run);
        TimeSpan before = watch.Elapsed;
        run.End().Succeeded();
        TimeSpan whole = watch.Elapsed;
        AfterFinish();
        return (whole, whole - before);
    }

    private void WaitForWriting(RunningProgram run)
    {
        while (!run.HasEnded && !IsWriting())
        {
            Thread.Yield();
        }
    }

    /// <summary>Shorter waits than the timer's are spun.</summary>
    private static void Wait(RunningProgram run, TimeSpan time)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < time && !run.HasEnded)
        {
            Thread.Sleep(time - watch.Elapsed > TimeSpan.FromMilliseconds(5) ? 1 : 0);
        }
    }
}
