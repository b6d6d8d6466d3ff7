using System.Globalization;

namespace SamNative.Cli;

/// <summary>
/// What a run over many pictures says while it goes on: a bar at the bottom of a terminal, or a line now and then where
/// stderr is none.
/// </summary>
/// <param name="doing">What is done to them: "encoding".</param>
/// <param name="line">Where the bar is shown.</param>
/// <param name="isTerminal">Whether the bar can be seen.</param>
/// <param name="say">Writes a sentence that stays.</param>
/// <param name="time">The clock.</param>
internal sealed class BatchProgress(
    string doing, StatusLine line, bool isTerminal, Action<string> say, TimeProvider time)
    : IProgress<SamProgress>, IDisposable
{
    private const int BarWidth = 24;

    private static readonly TimeSpan redrawEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan sayEvery = TimeSpan.FromSeconds(30);

    private int total;
    private int skipped;
    private int done;
    private int failed;
    private double current;
    private long begunAt;
    private long shownAt;

    /// <summary>The progress of a run, on stderr.</summary>
    public static BatchProgress OnError(string doing) =>
        new(doing, StatusLine.OnError(), !Console.IsErrorRedirected, Log.Line, TimeProvider.System);

    /// <summary>Begins the clock.</summary>
    /// <param name="toDo">How many pictures there are to do.</param>
    /// <param name="alreadyThere">How many were done before.</param>
    public void Begin(int toDo, int alreadyThere)
    {
        (total, skipped) = (toDo, alreadyThere);
        begunAt = shownAt = time.GetTimestamp();
    }

    /// <summary>Says how far the current picture is.</summary>
    public void Report(SamProgress value)
    {
        current = (double)value.Done / value.Total;
        Show();
    }

    /// <summary>Says that a picture is done.</summary>
    public void Done()
    {
        done++;
        current = 0;
        Show();
    }

    /// <summary>Says that a picture came to nothing, and why: at once, since the run may take days.</summary>
    public void Failed(FailedPicture picture)
    {
        failed++;
        current = 0;
        Say(picture.Line);
    }

    /// <summary>Says something that stays, above the bar.</summary>
    public void Say(string sentence)
    {
        line.Clear();
        say(sentence);
        Show();
    }

    /// <summary>Takes the bar away and sums up.</summary>
    public void End()
    {
        line.Clear();
        double seconds = time.GetElapsedTime(begunAt).TotalSeconds;
        string there = skipped > 0 ? $", {skipped} were there already" : "";
        string bad = failed > 0 ? $", {failed} failed" : "";
        string rate = done > 0 ? $" ({Rate(done / Math.Max(seconds, 1e-3))})" : "";
        say($"{doing}: {done} done{there}{bad}, in {TimeLeft.Text(seconds)}{rate}.");
    }

    public void Dispose() => line.Dispose();

    private void Show()
    {
        TimeSpan since = time.GetElapsedTime(shownAt);
        if (since < (isTerminal ? redrawEvery : sayEvery))
        {
            return;
        }

        shownAt = time.GetTimestamp();
        if (isTerminal)
        {
            int filled = (int)(BarWidth * (done + failed + current) / total);
            line.Show($"{doing} [{new string('#', filled).PadRight(BarWidth)}] {Describe()}");
        }
        else
        {
            say($"{doing}: {Describe()}");
        }
    }

    /// <summary>Done, failed, rate and time left. The rate counts what was done now, not what was there.</summary>
    private string Describe()
    {
        double finished = done + failed + current;
        double rate = finished / Math.Max(time.GetElapsedTime(begunAt).TotalSeconds, 1e-3);
        string bad = failed > 0 ? $", {failed} failed" : "";
        string pace = rate > 0 ? $", {Rate(rate)}, {TimeLeft.Text((total - finished) / rate)} left" : "";
        return $"{done + failed} of {total}{bad}{pace}";
    }

    private static string Rate(double rate) => rate >= 1
        ? $"{rate.ToString("F1", CultureInfo.InvariantCulture)} a second"
        : $"{(1 / rate).ToString("F1", CultureInfo.InvariantCulture)} s each";
}
