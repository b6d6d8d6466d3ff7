using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>A process is killed at every step of the writing of a file or folder: the old one is there, or the new one.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private readonly WorkFolder folder = new();

    private string Target => folder.File("out");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Made.File, true, 5)]
    [InlineData(Made.File, false, 5)]
    [InlineData(Made.Folder, true, 10)]
    [InlineData(Made.Folder, false, 9)]
    [InlineData(Made.FolderInTwoSteps, true, 10)]
    public void Killed_at_every_step_it_leaves_the_old_or_the_new(Made made, bool existed, int atLeast)
    {
        int step = 1;
        for (; ; step++)
        {
            Prepare(made, existed);
            using RunningProgram child = WritingChild.Start(made, Target, 'n', rounds: 1, killAt: step);
            if (child.End().ExitCode == 0)
            {
                break;
            }

            char? left = WritingChild.Read(made, Target);
            Assert.Contains(left, Allowed(existed, mayBeAside: made is Made.FolderInTwoSteps));
            if (made is Made.FolderInTwoSteps)
            {
                DieWhileSettling(made);
            }

            Settle();
            Assert.Contains(WritingChild.Read(made, Target), Allowed(existed, mayBeAside: false));
            Assert.Equal(WritingChild.Read(made, Target) is null ? [] : ["out"], folder.Names);
        }

        Assert.InRange(step - 1, atLeast, 100);
        Assert.Equal('n', WritingChild.Read(made, Target));
        Assert.Equal(["out"], folder.Names);
    }

    [Fact]
    public void The_next_one_that_writes_the_folder_finds_it_in_its_place()
    {
        string stem = TemporaryName.NewStem(Target);
        WritingChild.Write(Made.Folder, stem + TemporaryName.OldEnding, 'o');
        WritingChild.Write(Made.Folder, stem + TemporaryName.Ending, 'n');
        File.WriteAllText(stem + TemporaryName.LockEnding, "");

        Assert.Throws<IOException>(() => AtomicFolder.Write(Target, overwrite: false, _ => Assert.Fail("It is there.")));

        Assert.Equal('n', WritingChild.Read(Made.Folder, Target));
        Assert.Equal(["out"], folder.Names);
    }

    [Fact]
    public void What_was_replaced_does_not_come_back()
    {
        // Killed after the new folder took its place, which its owner deleted since.
        string stem = TemporaryName.NewStem(Target);
        WritingChild.Write(Made.Folder, stem + TemporaryName.OldEnding, 'o');
        File.WriteAllText(stem + TemporaryName.LockEnding, "");

        Settle();

        Assert.Empty(folder.Names);
    }

    private void Prepare(Made made, bool existed)
    {
        Directory.Delete(folder.Path, recursive: true);
        Directory.CreateDirectory(folder.Path);
        if (existed)
        {
            WritingChild.Write(made, Target, 'o');
        }
    }

    /// <summary>What a run over many pictures does before it looks what is there.</summary>
    private void Settle() => Leftovers.RemoveBelow(folder.Path, [Target]);

    /// <summary>Who settles it may be killed too. What has been done stays done, and locks go: as an exception has it.</summary>
    private void DieWhileSettling(Made made)
    {
        for (int step = 1; ; step++)
        {
            int left = step;
            KillPoint.OnReached = () => _ = --left == 0 ? throw new NotFiniteNumberException("killed") : 0;
            try
            {
                Settle();
                return;
            }
            catch (NotFiniteNumberException)
            {
                Assert.Contains(WritingChild.Read(made, Target), Allowed(existed: true, mayBeAside: true));
            }
            finally
            {
                KillPoint.OnReached = null;
            }
        }
    }

    private static char?[] Allowed(bool existed, bool mayBeAside) =>
        existed && !mayBeAside ? ['o', 'n'] : existed ? ['o', 'n', null] : ['n', null];
}
