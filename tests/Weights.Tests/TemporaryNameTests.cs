using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Wherever a result's name fits, the names it is made under do too.</summary>
public sealed class TemporaryNameTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> LongNames { get; } = new(
        new string('a', 255), new string('圖', 80), $"{new string('圖', 80)}.safetensors", new string('é', 127),
        string.Concat(Enumerable.Repeat("🌞", 63)), $"{new string('a', 59)}{new string('圖', 60)}");

    [Theory]
    [MemberData(nameof(LongNames))]
    public void Files_and_folders_with_long_names_are_made_and_replaced(string name)
    {
        string path = folder.File(name);
        AtomicFile.Write(path, overwrite: false, stream => stream.Write("old"u8));
        AtomicFile.Write(path, overwrite: true, stream =>
        {
            stream.Write("new"u8);
            Assert.All(folder.Names, other => Assert.InRange(Encoding.UTF8.GetByteCount(other!), 1, 255));
            Assert.Contains(folder.Names, other => Encoding.UTF8.GetByteCount(other!) <= 100);
        });
        Assert.Equal("new", File.ReadAllText(path));
        File.Delete(path);

        AtomicFolder.Write(path, overwrite: false, made => File.WriteAllText(Path.Combine(made, "old"), ""));
        AtomicFolder.Write(path, overwrite: true, made => File.WriteAllText(Path.Combine(made, "new"), ""));

        Assert.Equal([name], folder.Names);
        Assert.Equal([Path.Combine(path, "new")], Directory.GetFileSystemEntries(path));
    }

    [Fact]
    public void What_a_killed_process_left_of_a_long_name_is_removed_and_not_that_of_one_that_begins_alike()
    {
        string name = new('a', 200);
        string left = TemporaryName.NewStem(folder.File($"{name}b")) + TemporaryName.Ending;
        string other = TemporaryName.NewStem(folder.File($"{name}c")) + TemporaryName.Ending;
        File.WriteAllText(left, "half");
        File.WriteAllText(other, "half");

        AtomicFile.Write(folder.File($"{name}b"), overwrite: false, stream => stream.Write([1]));

        Assert.Equal([Path.GetFileName(other), $"{name}b"], folder.Names);
    }

    [Fact]
    public void A_name_that_does_not_fit_is_refused_before_anything_is_made()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere it is seen when it is made");
        string path = folder.File(new string('a', 256));

        OutputNameException file = Assert.Throws<OutputNameException>(
            () => AtomicFile.Write(path, false, _ => Assert.Fail("nothing should be written")));
        OutputNameException made = Assert.Throws<OutputNameException>(
            () => AtomicFolder.Write(path, false, _ => Assert.Fail("nothing should be written")));

        Assert.Equal($"{path} cannot be written: its name is too long for this file system; 255 bytes are usual.", file.Message);
        Assert.Equal(file.Message, made.Message);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Names_that_stay_between_runs_are_always_the_same_and_short()
    {
        string path = folder.File(new string('圖', 80));

        Assert.Equal("/f/.a.pth.lock", TemporaryName.Beside("/f/a.pth", ".", ".lock").Replace('\\', '/'));
        Assert.Equal(TemporaryName.Beside(path, "", ".partial"), TemporaryName.Beside(path, "", ".partial"));
        Assert.InRange(Encoding.UTF8.GetByteCount(Path.GetFileName(TemporaryName.Beside(path, "", ".partial"))), 1, 100);
    }
}
