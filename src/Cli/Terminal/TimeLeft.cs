namespace SamNative.Cli;

/// <summary>How long something will still take, as clocks show it.</summary>
internal static class TimeLeft
{
    private const int Hour = 3600;
    private const int Longest = (100 * Hour) - 1;

    /// <summary>Minutes and seconds, or hours too where there are any.</summary>
    public static string Text(double seconds)
    {
        int whole = (int)Math.Ceiling(Math.Min(seconds, Longest));
        return whole < Hour ? $"{whole / 60}:{whole % 60:00}" : $"{whole / Hour}:{whole / 60 % 60:00}:{whole % 60:00}";
    }
}
