using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Two processes write the same thing at the same time: both succeed, and nobody ever sees half of it.</summary>
public sealed class TwoWritersTests : IDisposable
{
    private const int Rounds = 200;

    private static readonly bool isLong = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1";

    private readonly WorkFolder folder = new();

    private string Target => folder.File("out");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Made.File, true)]
    [InlineData(Made.File, false)]
    [InlineData(Made.Folder, true)]
    [InlineData(Made.Folder, false)]
    [InlineData(Made.FolderInTwoSteps, true)]
    public void Two_writers_of_one_target_do_not_disturb_each_other(Made made, bool lockedByRuntime)
    {
        WritingChild.Write(made, Target, 'o');
        using RunningProgram a = WritingChild.Start(made, Target, 'a', Rounds, killAt: 0, lockedByRuntime);
        using RunningProgram b = WritingChild.Start(made, Target, 'b', Rounds, killAt: 0, lockedByRuntime);
        int seen = 0;
        for (; !a.HasEnded || !b.HasEnded; seen++)
        {
            if (made is Made.File)
            {
                Assert.Contains(WritingChild.Read(made, Target), new char?[] { 'o', 'a', 'b' });
            }
            else if (made is Made.Folder && OperatingSystem.IsLinux())
            {
                Assert.True(Directory.Exists(Target), "for a moment there was none");
            }
        }

        a.End().Succeeded();
        b.End().Succeeded();
        Assert.InRange(seen, 1, int.MaxValue);
        Assert.Contains(WritingChild.Read(made, Target), new char?[] { 'a', 'b' });
        Assert.Equal(["out"], folder.Names);
    }

    [Theory]
    [InlineData("encode", "tiny")]
    [InlineData("everything", "demo", "--points-per-side", "2", "--overlay", "out")]
    public void Two_runs_into_one_folder_both_succeed(string verb, string model, params string[] options)
    {
        DrawnPictures.Write(folder.File("in"), count: 4, seed: 22);
        string weights = model == "tiny" ? TestFiles.SynthTiny(folder) : model;
        string[] command = [verb, "in", "-r", "-m", weights, "-o", "out", "--force", "--threads", "1", .. options];
        Samnative.Run(folder, command).Succeeded();
        string[] expected = FolderContents.Of(Target);
        for (int round = 0; round < (isLong ? Rounds : 2); round++)
        {
            if (round % 2 == 0)
            {
                Directory.Delete(Target, recursive: true);
            }

            using RunningProgram a = Samnative.Start(folder, [], [], command);
            using RunningProgram b = Samnative.Start(folder, [], [], command);
            a.End().Succeeded();
            b.End().Succeeded();
            Assert.Equal(expected, FolderContents.Of(Target));
        }
    }
}
