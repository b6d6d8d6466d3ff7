namespace SamNative.Bench;

/// <summary>Runs engines in turn: never two at a time, and each first as often as the others.</summary>
internal static class Turns
{
    /// <summary>Long enough for the threads of the engine that ran last to go to sleep.</summary>
    private static readonly TimeSpan rest = TimeSpan.FromMilliseconds(50);

    /// <summary>The times of engines, turn by turn, in the engines' order, in milliseconds.</summary>
    /// <param name="repeats">How often an engine runs in a turn of its own; then the times are means.</param>
    /// <param name="before">What happens before each turn of all.</param>
    public static List<double[]> Take(
        EngineProcess[] engines, int item, int turns, int repeats = 1, Action<int>? before = null)
    {
        List<double[]> times = [];
        for (int turn = 0; turn < turns; turn++)
        {
            before?.Invoke(turn);
            double[] each = new double[engines.Length];
            for (int i = 0; i < engines.Length; i++)
            {
                int engine = (turn + i) % engines.Length;
                each[engine] = Run(engines[engine], item, repeats);
            }

            times.Add(each);
        }

        return times;
    }

    /// <summary>The times of one engine that nobody else takes turns with, beside the FMA peak of the same minutes.</summary>
    /// <param name="what">What messages call it.</param>
    public static (Spread Ms, FmaPeaks Peaks) Alone(EngineProcess engine, Settings settings, string what, int item = 0)
    {
        PeakSampler peaks = new(settings.Threads);
        List<double[]> times = Take([engine], item, settings.Pairs, before: turn =>
        {
            Progress.Say($"{what}, run {turn + 1} of {settings.Pairs}");
            peaks.Sample();
        });
        peaks.Sample();
        return (Spread.Of(times.Select(turn => turn[0])), peaks.Result());
    }

    private static double Run(EngineProcess engine, int item, int repeats)
    {
        Thread.Sleep(rest);
        return engine.Run(item, repeats);
    }
}
