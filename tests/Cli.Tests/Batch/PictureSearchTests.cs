using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Which pictures arguments mean, and how they are called.</summary>
public sealed class PictureSearchTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public PictureSearchTests()
    {
        string[] files =
        [
            "in/b.png", "in/a.png", "in/a.JPG", "in/notes.txt", "in/.hidden.png", "in/deep/a.png", "in/deep/er/c.webp",
            "in/.cache/d.png", "in/out/old.png", "more/a.png",
        ];
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(file))!);
            folder.Write(file, "");
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_means_its_pictures_sorted_by_name() =>
        Assert.Equal(["a.JPG", "a.png", "b.png"], Names(false, "in"));

    [Fact]
    public void Its_folders_are_searched_when_asked_but_for_the_one_that_is_written_to() =>
        Assert.Equal(["a.JPG", "a.png", "b.png", "deep/a.png", "deep/er/c.webp"], Names(true, "in"));

    [Theory]
    [InlineData("in/*.png", new[] { "a.png", "b.png" })]
    [InlineData("in/?.*", new[] { "a.JPG", "a.png", "b.png" })]
    [InlineData("in/*/a.*", new[] { "deep/a.png" })]
    [InlineData("in/**/*.png", new[] { "a.png", "b.png", "deep/a.png" })]
    [InlineData("in/deep/**", new[] { "a.png", "er/c.webp" })]
    [InlineData("**/er/*", new[] { "in/deep/er/c.webp" })]
    public void A_pattern_means_what_it_matches_named_from_its_first_wildcard_on(string pattern, string[] names) =>
        Assert.Equal(names, Names(false, pattern));

    [Fact]
    public void A_file_with_a_wildcard_in_its_name_is_that_file()
    {
        folder.Write("in/a*.png", "");

        Assert.Equal(["a*.png"], Names(false, "in/a*.png"));
    }

    [Fact]
    public void Several_are_named_from_the_folder_they_have_in_common()
    {
        Assert.Equal(["in/a.png", "more/a.png"], Names(false, "more/a.png", "in/a.png"));
        Assert.Equal(["deep/a.png", "deep/er/c.webp", "out/old.png"], Names(true, "in/deep", "in/out/old.png"));
        Assert.Equal(["a.png", "gone.png"], Names(false, "in/a.png", "in/gone.png"));
    }

    [Fact]
    public void What_is_meant_twice_is_there_once() =>
        Assert.Equal(["a.JPG", "a.png", "b.png"], Names(false, "in", "in/a.png", "in/deep/../b.png", "in/*.png"));

    [Fact]
    public void A_list_names_one_picture_a_line()
    {
        folder.Write("list.txt", $"{folder.File("in/b.png")}\r\n\n{folder.File("in/deep/a.png")}\n");
        folder.Write("empty.txt", "\n\n");

        Assert.Equal(["b.png", "deep/a.png"], Names(false, $"@{folder.File("list.txt")}"));
        CommandFailedException error = Assert.Throws<CommandFailedException>(
            () => Names(false, $"@{folder.File("empty.txt")}"));
        Assert.Contains("names no pictures: put one path on each line", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_is_read_as_any_editor_saves_it()
    {
        string[] paths = [folder.File("in/b.png"), folder.File("in/deep/a.png")];
        foreach (Encoding encoding in new[] { Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            foreach (string lineEnd in new[] { "\n", "\r\n", "\r" })
            {
                File.WriteAllText(folder.File("list.txt"), string.Join(lineEnd, paths), encoding);

                Assert.Equal(["b.png", "deep/a.png"], Names(false, $"@{folder.File("list.txt")}"));
            }
        }
    }

    [Fact]
    public void What_is_no_regular_file_is_passed_over_in_folders()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux is asked what a file is");
        Ran.Of("mkfifo", [folder.File("in/pipe.png")]).Succeeded();
        File.CreateSymbolicLink(folder.File("in/zero.jpg"), "/dev/zero");
        PictureSearch search = new(recursive: false, CancellationToken.None);

        search.Add(folder.File("in"));

        Assert.Equal(["a.JPG", "a.png", "b.png"], search.Sorted().Select(picture => picture.Name));
        Assert.Equal(
            [folder.File("in/pipe.png"), folder.File("in/zero.jpg")], search.PassedOver.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("in/deep/er/*.png", "matches no pictures (.png, ")]
    [InlineData("nowhere/*", "matches no pictures")]
    [InlineData("empty", "holds no pictures")]
    public void What_means_none_is_an_error(string input, string saying)
    {
        Directory.CreateDirectory(folder.File("empty"));

        CommandFailedException error = Assert.Throws<CommandFailedException>(() => Names(false, input));

        Assert.Contains(saying, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_other_formats_are_noted_where_they_would_match()
    {
        foreach (string name in new[] { "x.heic", "y.TIF", "deep/z.avif", "out/o.tif", ".hidden.tif" })
        {
            folder.Write($"in/{name}", "");
        }

        PictureSearch search = new(recursive: true, CancellationToken.None, folder.File("in/out"));
        search.Add(folder.File("in"));

        Assert.Equal(
            ["in/deep/z.avif", "in/x.heic", "in/y.TIF"],
            search.OtherFormats.Select(path => Path.GetRelativePath(folder.Path, path).Replace('\\', '/')));
    }

    [Fact]
    public void Links_to_folders_are_not_followed_and_links_to_pictures_are()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        Directory.CreateSymbolicLink(folder.File("in/deep/round"), folder.File("in"));
        File.CreateSymbolicLink(folder.File("in/deep/link.png"), folder.File("more/a.png"));

        Assert.Equal(["a.png", "er/c.webp", "link.png"], Names(true, "in/deep"));
    }

    [Fact]
    public void A_file_that_is_called_as_stdin_is_a_file()
    {
        PictureSearch search = new(recursive: false, CancellationToken.None, folder.File("out"));
        folder.Write("list.txt", "-\n");

        search.AddList(folder.File("list.txt"));

        Assert.Equal(Path.Combine(".", "-"), Assert.Single(search.Sorted()).Path);
    }

    private string[] Names(bool recursive, params string[] inputs)
    {
        PictureSearch search = new(recursive, CancellationToken.None, folder.File("in/out"));
        foreach (string input in inputs)
        {
            search.Add(input[0] == '@' ? input : folder.File(input));
        }

        IReadOnlyList<Picture> pictures = search.Sorted();
        Assert.All(pictures, picture => Assert.Equal(Path.GetFileName(picture.Name), Path.GetFileName(picture.Path)));
        return [.. pictures.Select(picture => picture.Name)];
    }
}
