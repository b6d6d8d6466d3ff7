namespace SamNative.Bench;

/// <summary>Runs engines in turn: never two at a time, and each first as often as the other.</summary>
internal static class Turns
{
    /// <summary>Long enough for the threads of the engine that ran last to go to sleep.</summary>
    private static readonly TimeSpan rest = TimeSpan.FromMilliseconds(50);

    /// <summary>The times of two engines, pair by pair, in milliseconds.</summary>
    /// <param name="before">What happens before each pair.</param>
    public static List<(double First, double Second)> Pairs(
        EngineProcess first, EngineProcess second, int item, int pairs, Action<int>? before = null)
    {
        List<(double, double)> times = [];
        for (int pair = 0; pair < pairs; pair++)
        {
            before?.Invoke(pair);
            if (pair % 2 == 0)
            {
                double one = Run(first, item);
                times.Add((one, Run(second, item)));
            }
            else
            {
                double other = Run(second, item);
                times.Add((Run(first, item), other));
            }
        }

        return times;
    }

    public static double Run(EngineProcess engine, int item = 0)
    {
        Thread.Sleep(rest);
        return engine.Run(item);
    }
}
