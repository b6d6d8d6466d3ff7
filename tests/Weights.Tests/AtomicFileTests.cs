using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void The_file_appears_under_its_name_only_when_it_is_whole()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");

        AtomicFile.Write(path, overwrite: false, stream =>
        {
            stream.Write([1, 2, 3]);
            stream.Flush();
            Assert.False(File.Exists(path));
            string temporary = folder.File(Assert.Single(folder.Names)!);
            Assert.Equal(TemporaryName.OwnerOf(path), TemporaryName.OwnerOfTemporary(temporary, out _));
        });

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["out.bin"], folder.Names);
    }

    [Theory]
    [InlineData("out.bin")]
    [InlineData(".out.bin.tmp")]
    [InlineData(".abcdefgh.ijk.tmp")]
    [InlineData("..abcdefgh.ijk.tmp")]
    [InlineData(".out.bin.abcdefghxijk.tmp")]
    [InlineData("out.bin.abcdefgh.ijk.tmp")]
    public void Other_names_were_not_to_become_anything(string name) =>
        Assert.Null(TemporaryName.OwnerOfTemporary($"/folder/{name}", out _));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failure_in_the_middle_leaves_everything_as_it_was(bool existed)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");
        if (existed)
        {
            File.WriteAllText(path, "old");
        }

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() =>
            AtomicFile.Write(path, overwrite: true, stream =>
            {
                stream.Write([1, 2, 3]);
                throw new InvalidOperationException("in the middle");
            }));

        Assert.Equal("in the middle", error.Message);
        Assert.Equal(existed ? ["out.bin"] : [], folder.Names);
        Assert.Equal(existed ? "old" : null, existed ? File.ReadAllText(path) : null);
    }

    [Fact]
    public void An_existing_file_is_kept_unless_told_otherwise()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");
        File.WriteAllText(path, "old");

        IOException error = Assert.Throws<IOException>(() =>
            AtomicFile.Write(path, overwrite: false, _ => Assert.Fail("nothing should be written")));

        Assert.Equal($"{path} exists: choose another name, or allow it to be overwritten.", error.Message);
        Assert.Equal("old", File.ReadAllText(path));

        AtomicFile.Write(path, overwrite: true, stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(["out.bin"], folder.Names);
    }

    [Fact]
    public void A_file_that_appears_meanwhile_is_kept_as_well()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");

        Assert.Throws<IOException>(() => AtomicFile.Write(path, overwrite: false, stream =>
        {
            stream.Write("new"u8);
            File.WriteAllText(path, "somebody else's");
        }));

        Assert.Equal("somebody else's", File.ReadAllText(path));
        Assert.Equal(["out.bin"], folder.Names);
    }

    [Fact]
    public void Who_has_the_old_file_open_goes_on_reading_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");
        File.WriteAllText(path, "old");
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

        AtomicFile.Write(path, overwrite: true, stream => stream.Write("new"u8));

        using StreamReader text = new(reader);
        Assert.Equal("old", text.ReadToEnd());
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        string[] kept =
        [
            ".out.bin.tmp", ".out.bin.12345678.12.tmp", ".out.bin.more.12345678.123.tmp", "out.bin.12345678.123.tmp",
            ".out.12345678.123.tmp", ".out.bin.12345678.123.part", ".other.b.12345678.123.tmp",
        ];
        foreach (string name in kept.Append(".out.bin.12345678.123.tmp").Append(".out.bin.abcdefgh.ijk.tmp"))
        {
            File.WriteAllText(folder.File(name), "half");
        }

        AtomicFile.Write(folder.File("out.bin"), overwrite: false, stream => stream.Write([1]));

        Assert.Equal(kept.Append("out.bin").Order(StringComparer.Ordinal), folder.Names);
    }

    [Fact]
    public void Two_that_write_the_same_file_do_not_disturb_each_other()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("out.bin");

        AtomicFile.Write(path, overwrite: true, outer =>
        {
            outer.Write("outer"u8);
            AtomicFile.Write(path, overwrite: true, inner => inner.Write("inner"u8));
            Assert.Equal("inner", File.ReadAllText(path));
        });

        Assert.Equal("outer", File.ReadAllText(path));
        Assert.Equal(["out.bin"], folder.Names);
    }

    [Fact]
    public void A_relative_path_is_taken_from_the_current_folder()
    {
        string name = $"{Guid.NewGuid():N}.bin";
        try
        {
            AtomicFile.Write(name, overwrite: false, stream => stream.Write([1]));
            Assert.True(File.Exists(Path.Combine(Environment.CurrentDirectory, name)));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public void A_folder_and_a_missing_folder_are_refused_with_the_cure()
    {
        using TemporaryFolder folder = new();
        string missing = Path.Combine(folder.Path, "missing", "out.bin");

        IOException isFolder = Assert.ThrowsAny<IOException>(
            () => AtomicFile.Write(folder.Path, overwrite: true, stream => stream.Write([1])));
        DirectoryNotFoundException noFolder = Assert.Throws<DirectoryNotFoundException>(
            () => AtomicFile.Write(missing, overwrite: true, stream => stream.Write([1])));

        Assert.Equal($"{folder.Path} is a folder: give the name of a file.", isFolder.Message);
        Assert.Equal($"{missing} cannot be written: its folder does not exist. Make it first.", noFolder.Message);
        Assert.Empty(folder.Names);
    }
}
