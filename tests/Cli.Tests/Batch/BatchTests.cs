using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>What happens to each of many pictures.</summary>
public sealed class BatchTests : IDisposable
{
    private readonly WorkFolder folder = new();
    private readonly List<string> said = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_there_is_passed_over_and_a_bad_picture_does_not_take_the_others_with_it()
    {
        Step step = new(folder, done: ["b"], bad: ["a", "c"]);

        BatchReport report = Run(step, force: false, "a", "b", "c", "d");

        Assert.Equal(["d"], step.Saved);
        Assert.Equal(["d"], report.Done.Select(picture => picture.Name));
        Assert.Equal(["b"], report.Skipped.Select(picture => picture.Name));
        Assert.Equal(
            [new FailedPicture("in/a", "in/a: is bad"), new FailedPicture("in/c", "in/c: is bad")], report.Failed);
        Assert.Equal(
            ["in/a: is bad", "in/c: is bad", "testing: 1 done, 1 were there already, 2 failed"],
            said.Select(line => line.Split(", in")[0]));
        CommandFailedException error = Assert.Throws<CommandFailedException>(report.ThrowIfAnyFailed);
        Assert.Equal("2 of 3 pictures failed:\n  in/a: is bad\n  in/c: is bad", error.Message);
    }

    [Fact]
    public void Force_makes_everything_again()
    {
        Step step = new(folder, done: ["a", "b"], bad: []);

        Run(step, force: true, "a", "b").ThrowIfAnyFailed();

        Assert.Equal(["a", "b"], step.Saved);
    }

    [Fact]
    public void What_cannot_be_written_ends_the_run()
    {
        Step step = new(folder, done: [], bad: []) { Full = "b" };

        Assert.Throws<IOException>(() => Run(step, force: false, "a", "b", "c"));

        Assert.Equal(["a"], step.Saved);
    }

    [Fact]
    public void What_a_killed_run_of_the_same_pictures_left_goes_away_and_nothing_else()
    {
        string[] stay = [".other.abcdefgh.ijk.tmp", ".a.out.tmp", "a.out.abcdefgh.ijk.tmp", "mine.tmp"];
        Directory.CreateDirectory(folder.File("out/deep"));
        Directory.CreateDirectory(folder.File("out/deep/.b.out.abcdefgh.ijk.tmp"));
        folder.Write("out/deep/.b.out.abcdefgh.ijk.tmp/0.png", "half a folder");
        folder.Write("out/.a.out.12345678.90a.tmp", "half a file");
        foreach (string name in stay)
        {
            folder.Write($"out/{name}", "");
        }

        Run(new Step(folder, done: ["a", "deep/b"], bad: []), force: false, "a", "deep/b");

        Assert.Equal(
            stay.Append("deep").Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("out/deep")));
    }

    [Fact]
    public void Cancelled_it_begins_no_other_picture()
    {
        using CancellationTokenSource cancel = new();
        Step step = new(folder, done: [], bad: []) { OnSave = cancel.Cancel };

        Assert.Throws<OperationCanceledException>(() => Run(step, force: false, cancel.Token, "a", "b"));

        Assert.Equal(["a"], step.Saved);
    }

    private BatchReport Run(Step step, bool force, params string[] names) => Run(step, force, default, names);

    private BatchReport Run(Step step, bool force, CancellationToken cancellation, params string[] names)
    {
        Picture[] pictures = [.. names.Select(name => new Picture(name, $"in/{name}"))];
        using BatchProgress progress = new(
            "testing", new StatusLine(TextWriter.Null, shown: false), false, said.Add, TimeProvider.System);
        return Batch.Run(pictures, [folder.File("out")], force, step, progress, cancellation);
    }

    private sealed class Step(WorkFolder folder, string[] done, string[] bad) : IBatchStep<string>
    {
        public List<string> Saved { get; } = [];

        /// <summary>The picture for which the disk is full.</summary>
        public string? Full { get; init; }

        public Action OnSave { get; init; } = () => { };

        public IEnumerable<string> Targets(Picture picture) => [picture.Target(folder.File("out"), ".out")];

        public bool IsDone(Picture picture) => done.Contains(picture.Name);

        public string Make(Picture picture, IProgress<SamProgress> progress, CancellationToken cancellation) =>
            bad.Contains(picture.Name) ? throw new CommandFailedException("is bad") : picture.Name;

        public void Save(Picture picture, string made)
        {
            if (made == Full)
            {
                throw new IOException("the disk is full");
            }

            OnSave();
            Saved.Add(made);
        }
    }
}
