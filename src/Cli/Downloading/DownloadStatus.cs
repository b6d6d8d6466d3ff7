using System.Diagnostics;
using System.Globalization;

namespace SamNative.Cli;

/// <summary>What a download says while it runs: a line that changes, and sentences that stay.</summary>
/// <param name="name">The model's name.</param>
/// <param name="line">Where the changing line is shown.</param>
/// <param name="say">Writes a sentence that stays.</param>
internal sealed class DownloadStatus(string name, StatusLine line, Action<string> say) : IProgress<long>
{
    private static readonly TimeSpan showEvery = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch running = new();
    private long begunAt;
    private TimeSpan shownAt;

    /// <summary>Begins to count what arrives, from what there is already.</summary>
    public void Begin(long done)
    {
        begunAt = done;
        shownAt = TimeSpan.Zero;
        running.Restart();
    }

    /// <summary>Says how much has been read again of what lies here.</summary>
    /// <param name="value">Bytes.</param>
    public void Report(long value)
    {
        if (IsDue())
        {
            line.Show($"checking {name} {Megabytes(value)} MB");
        }
    }

    /// <summary>Says how much has arrived.</summary>
    /// <param name="total">The whole length in bytes, or null where nobody knows it.</param>
    public void Arrived(long done, long? total)
    {
        if (IsDue())
        {
            line.Show(Describe(done, total, running.Elapsed));
        }
    }

    /// <summary>Says something that stays, above the line.</summary>
    public void Say(string sentence)
    {
        line.Clear();
        say(sentence);
    }

    /// <summary>Done, total, rate and time left, after some time.</summary>
    public string Describe(long done, long? total, TimeSpan elapsed)
    {
        double rate = Math.Max(done - begunAt, 0) / Math.Max(elapsed.TotalSeconds, 1e-3);
        string text = total is null
            ? $"{name} {Megabytes(done)} MB"
            : $"{name} {Megabytes(done)} of {Megabytes(total.Value)} MB";
        text += $", {Megabytes(rate)} MB/s";
        return total is long all && rate > 0 ? $"{text}, {TimeLeft.Text((all - done) / rate)} left" : text;
    }

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture);

    private bool IsDue()
    {
        running.Start();
        if (running.Elapsed - shownAt < showEvery)
        {
            return false;
        }

        shownAt = running.Elapsed;
        return true;
    }
}
