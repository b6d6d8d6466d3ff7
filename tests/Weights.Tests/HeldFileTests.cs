using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>What belongs to a living process is left alone, and locks hold.</summary>
public sealed class HeldFileTests : IDisposable
{
    private static readonly int rounds = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 10_000 : 400;

    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("out");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_being_made_is_no_leftover()
    {
        AtomicFile.Write(folder.File("file"), overwrite: false, stream =>
        {
            stream.Write("whole"u8);
            AtomicFolder.Write(Target, overwrite: false, made =>
            {
                File.WriteAllText(Path.Combine(made, "a"), "whole");
                Leftovers.RemoveBelow(folder.Path, [folder.File("file"), Target]);
                Leftovers.RemoveOf(Target);
                Leftovers.RemoveOf(folder.File("file"));
            });
        });

        Assert.Equal("whole", File.ReadAllText(folder.File("file")));
        Assert.Equal("whole", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal(["file", "out"], folder.Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_looks_for_leftovers_all_the_time_disturbs_nobody(bool asFolder)
    {
        using ManualResetEventSlim done = new();
        Thread looking = new(() =>
        {
            while (!done.IsSet)
            {
                Leftovers.RemoveOf(Target);
            }
        });
        looking.Start();
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                using FileStream held = HeldFile.Make(
                    Target, asFolder ? TemporaryName.LockEnding : TemporaryName.Ending, mode: null, out string stem);
                string made = stem + TemporaryName.Ending;
                if (asFolder)
                {
                    Directory.CreateDirectory(made);
                }

                Thread.Yield();
                Assert.True(Path.Exists(made) && File.Exists(held.Name), $"round {round}");
                if (asFolder)
                {
                    Directory.Delete(made);
                }

                File.Delete(held.Name);
            }
        }
        finally
        {
            done.Set();
            Assert.True(looking.Join(TimeSpan.FromSeconds(60)));
        }
    }

    [Fact]
    public void What_is_taken_for_abandoned_before_it_is_locked_is_made_again()
    {
        int reached = 0;
        KillPoint.OnReached = () =>
        {
            // Reached before and after it is made: twice another process is quicker.
            if (++reached is 2 or 4)
            {
                File.Delete(Directory.GetFiles(folder.Path).Single());
            }
        };
        using FileStream held = HeldFile.Make(Target, TemporaryName.Ending, mode: null, out _);
        KillPoint.OnReached = null;

        Assert.Equal(6, reached);
        Assert.Equal([Path.GetFileName(held.Name)], folder.Names);
        Assert.True(FileStatus.IsAt(held.Name, held.SafeFileHandle));
    }

    [Fact]
    public void A_lock_is_of_the_file_that_has_the_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows deletes no file that is open");
        int reached = 0;
        KillPoint.OnReached = () =>
        {
            if (++reached == 1)
            {
                // Who had it gives it back and deletes it, and a third process makes it again.
                File.Delete(Target);
                File.WriteAllText(Target, "");
            }
        };
        using FileStream? held = HeldFile.TryTake(Target);
        KillPoint.OnReached = null;

        Assert.Equal(2, reached);
        Assert.True(FileStatus.IsAt(Target, held!.SafeFileHandle));
        Assert.Null(HeldFile.TryTake(Target));
    }

    [Fact]
    public void A_lock_is_held_by_one_even_where_its_file_is_deleted_by_who_gives_it_back()
    {
        int inside = 0;
        int taken = 0;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (int mine = 0; mine < rounds / 4;)
            {
                using FileStream? held = HeldFile.TryTake(Target);
                if (held is null)
                {
                    continue;
                }

                Assert.Equal(1, Interlocked.Increment(ref inside));
                Interlocked.Increment(ref taken);
                mine++;
                Interlocked.Decrement(ref inside);
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(Target);
                }
            }
        });

        Assert.Equal(rounds, taken);
    }
}
