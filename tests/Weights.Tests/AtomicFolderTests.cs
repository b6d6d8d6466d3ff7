using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>Folders appear whole or not at all.</summary>
public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("made");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_there_when_it_is_full()
    {
        AtomicFolder.Write(Target, false, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "a"), "new");
            Assert.False(Directory.Exists(Target));
        });

        Assert.Equal("new", File.ReadAllText(Path.Combine(Target, "a")));
        Assert.Equal(["made"], folder.Names);
    }

    [Fact]
    public void What_fails_leaves_the_old_folder_and_nothing_else()
    {
        AtomicFolder.Write(Target, false, temporary => File.WriteAllText(Path.Combine(temporary, "a"), "old"));

        Assert.Throws<InvalidDataException>(() => AtomicFolder.Write(Target, true, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "b"), "half");
            throw new InvalidDataException();
        }));

        Assert.Equal(["made"], folder.Names);
        Assert.Equal([Path.Combine(Target, "a")], Directory.GetFileSystemEntries(Target));
    }

    [Fact]
    public void The_old_folder_comes_back_where_the_new_one_is_gone_before_it_has_its_name()
    {
        AtomicFolder.Write(Target, false, temporary => File.WriteAllText(Path.Combine(temporary, "a"), "old"));

        string temporary = "";
        DirectoryNotFoundException error = Assert.Throws<DirectoryNotFoundException>(
            () => AtomicFolder.Write(Target, true, path => Directory.Delete(temporary = path)));

        Assert.StartsWith($"{Target} cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetFileName(temporary), error.Message, StringComparison.Ordinal);
        Assert.Equal(["made"], folder.Names);
        Assert.Equal([Path.Combine(Target, "a")], Directory.GetFileSystemEntries(Target));
    }

    [Fact]
    public void An_old_folder_is_replaced_whole_where_that_is_allowed()
    {
        AtomicFolder.Write(Target, false, temporary => File.WriteAllText(Path.Combine(temporary, "a"), "old"));

        Assert.Throws<IOException>(() => AtomicFolder.Write(Target, false, _ => Assert.Fail("It must not be filled.")));
        AtomicFolder.Write(Target + Path.DirectorySeparatorChar, true, temporary => File.WriteAllText(Path.Combine(temporary, "b"), "new"));

        Assert.Equal(["made"], folder.Names);
        Assert.Equal([Path.Combine(Target, "b")], Directory.GetFileSystemEntries(Target));
    }

    [Fact]
    public void Files_and_missing_parents_are_refused()
    {
        File.WriteAllText(Target, "a file");

        Assert.ThrowsAny<IOException>(() => AtomicFolder.Write(Target, true, _ => Assert.Fail("It must not be filled.")));
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFolder.Write(
            folder.File("no/where"), true, _ => Assert.Fail("It must not be filled.")));
        Assert.Equal(["made"], folder.Names);
    }
}
