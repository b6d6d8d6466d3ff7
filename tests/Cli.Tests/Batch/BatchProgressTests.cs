using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>What a run over many pictures says while it goes on.</summary>
public sealed class BatchProgressTests : IDisposable
{
    private readonly Clock clock = new();
    private readonly StringWriter screen = new();
    private readonly List<string> said = [];

    public void Dispose() => screen.Dispose();

    [Fact]
    public void On_a_terminal_a_bar_has_done_failed_rate_and_time_left()
    {
        using BatchProgress progress = Progress(isTerminal: true);
        progress.Begin(toDo: 100, alreadyThere: 7);
        for (int i = 0; i < 24; i++)
        {
            clock.Pass(0.5);
            progress.Done();
        }

        clock.Pass(0.5);
        progress.Failed(new FailedPicture("x.png", "x.png: no\nsuch picture"));

        Assert.EndsWith(
            "encoding [######                  ] 25 of 100, 1 failed, 2.0 a second, 0:38 left", screen.ToString(),
            StringComparison.Ordinal);
        Assert.Equal(["x.png: no\\u000asuch picture"], said);
        progress.End();
        Assert.EndsWith(" \r", screen.ToString(), StringComparison.Ordinal);
        Assert.Equal("encoding: 24 done, 7 were there already, 1 failed, in 0:13 (1.9 a second).", said[^1]);
    }

    [Fact]
    public void Part_of_a_slow_picture_counts()
    {
        using BatchProgress progress = Progress(isTerminal: true);
        progress.Begin(toDo: 2, alreadyThere: 0);
        clock.Pass(2);

        progress.Report(new SamProgress(1, 2));

        Assert.EndsWith(
            "encoding [######                  ] 0 of 2, 4.0 s each, 0:06 left", screen.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Elsewhere_there_is_a_line_every_half_minute()
    {
        using BatchProgress progress = Progress(isTerminal: false);
        progress.Begin(toDo: 100, alreadyThere: 0);
        for (int i = 0; i < 70; i++)
        {
            clock.Pass(1);
            progress.Done();
        }

        Assert.Equal(
            ["encoding: 30 of 100, 1.0 a second, 1:10 left", "encoding: 60 of 100, 1.0 a second, 0:40 left"], said);
        Assert.Empty(screen.ToString());
    }

    private BatchProgress Progress(bool isTerminal) =>
        new("encoding", new StatusLine(screen, isTerminal), isTerminal, said.Add, clock);

    /// <summary>A clock that goes when it is told to.</summary>
    private sealed class Clock : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Pass(double seconds) => ticks += (long)(seconds * TimestampFrequency);
    }
}
