using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace SamNative.Fuzz;

/// <summary>What a reader made of one file.</summary>
/// <param name="Accepted">Whether it took the file.</param>
/// <param name="Problem">What it must not do and did; null where it kept all promises.</param>
internal readonly record struct Trial(bool Accepted, string? Problem)
{
    /// <summary>The most time that reading one small file may take.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(200);

    /// <summary>ASCII that can be seen, and the mark where text of the file was cut.</summary>
    private static readonly SearchValues<char> printable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c), '…']);

    /// <summary>
    /// Feeds a reader, and again where it was slow: the machine may be busy for seconds, a slow file is slow each time.
    /// </summary>
    public static Trial Of(FuzzTarget target, byte[] file)
    {
        const int attempts = 10;
        (Trial trial, TimeSpan time) = Once(target, file);
        for (int attempt = 1; attempt < attempts && time > MaxTime; attempt++)
        {
            (trial, time) = Once(target, file);
        }

        return time > MaxTime && trial.Problem is null
            ? trial with { Problem = $"it takes {time.TotalMilliseconds:F0} ms, {MaxTime.TotalMilliseconds} are allowed" }
            : trial;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a reader throws is what we look for.")]
    private static (Trial Trial, TimeSpan Time) Once(FuzzTarget target, byte[] file)
    {
        Exception? thrown = null;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            target.Read(file);
        }
        catch (Exception error)
        {
            thrown = error;
        }

        TimeSpan time = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        string? problem = allocated > target.MaxBytes
            ? $"it allocates {allocated} bytes, {target.MaxBytes} are allowed"
            : thrown is null ? null : ProblemOf(target, thrown);
        return (new Trial(thrown is null, problem), time);
    }

    private static string? ProblemOf(FuzzTarget target, Exception error)
    {
        if (!target.Refusals.Contains(error.GetType()))
        {
            return $"it throws what it must not: {error}";
        }

        // Text of the file in a message must not move a cursor or forge a line of a log. Our own lists are indented.
        string message = error.Message.Replace("\n  ", " ", StringComparison.Ordinal);
        int at = message.AsSpan().IndexOfAnyExcept(printable);
        return at < 0 ? null : $"its message holds U+{(int)message[at]:X4} at {at}: {message}";
    }
}
