using System.Text;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb encode on many pictures.</summary>
public sealed class EncodeManyTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public EncodeManyTests()
    {
        Directory.CreateDirectory(folder.File("in/deep"));
        foreach (string name in new[] { "a.png", "a.jpg", "deep/a.png" })
        {
            File.Copy(TestFiles.SmallPicture, folder.File($"in/{name}"));
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", new[] { "in", "-r" }, new[] { "a.jpg", "a.png", "deep/a.png" })]
    [InlineData("", new[] { "in" }, new[] { "a.jpg", "a.png" })]
    [InlineData("", new[] { "in/**/*.png" }, new[] { "a.png", "deep/a.png" })]
    [InlineData("", new[] { "in/a.jpg", "in/deep" }, new[] { "a.jpg", "deep/a.png" })]
    [InlineData("", new[] { "@list.txt" }, new[] { "a.jpg", "deep/a.png" })]
    [InlineData("", new[] { "--list", "list.txt", "in/a.png" }, new[] { "a.jpg", "a.png", "deep/a.png" })]
    [InlineData("in/a.png\nin/deep/a.png\n", new[] { "--list", "-" }, new[] { "a.png", "deep/a.png" })]
    [InlineData("", new[] { "in/a.png", "--shard", "0/1" }, new[] { "a.png" })]
    public void Folders_patterns_and_lists_become_a_folder(string stdin, string[] inputs, string[] names)
    {
        folder.Write("list.txt", "in/a.jpg\nin/deep/a.png\n");

        Samnative.Run(folder, Encoding.UTF8.GetBytes(stdin), [], ["encode", .. inputs, "-m", "demo", "-o", "out"])
            .Succeeded();

        Assert.Equal(names.Select(name => $"{name}.safetensors"), Outputs());
    }

    [Theory]
    [InlineData("out")]
    [InlineData("new/")]
    public void One_picture_goes_into_a_folder_where_OUT_is_one(string output)
    {
        Directory.CreateDirectory(folder.File("out"));

        Samnative.Run(folder, "encode", "in/a.png", "-m", "demo", "-o", output).Succeeded();

        Assert.True(File.Exists(folder.File($"{output}/a.png.safetensors")));
    }

    [Fact]
    public void A_second_run_does_what_is_missing_or_cut_short_and_leaves_the_rest_alone()
    {
        Encode("in", "-r").Succeeded();
        byte[] whole = File.ReadAllBytes(folder.File("out/a.png.safetensors"));
        File.Delete(folder.File("out/a.jpg.safetensors"));
        File.WriteAllBytes(folder.File("out/deep/a.png.safetensors"), whole[..^1]);
        DateTime writtenAt = File.GetLastWriteTimeUtc(folder.File("out/a.png.safetensors"));

        JsonElement json = Encode("in", "-r", "--json").Json;

        Assert.Equal(3, json.GetProperty("pictures").GetInt32());
        Assert.Equal(["in/a.jpg", "in/deep/a.png"], json.Items("embeddings").Select(file => file.Text("input")));
        Assert.Equal(["in/a.png"], json.Items("skipped").Select(name => name.GetString()));
        Assert.Empty(json.Items("failed"));
        Assert.Equal(writtenAt, File.GetLastWriteTimeUtc(folder.File("out/a.png.safetensors")));
        Assert.Equal(whole, File.ReadAllBytes(folder.File("out/deep/a.png.safetensors")));
        Ran third = Encode("in", "-r").Succeeded();
        Assert.Contains("encoding: 0 done, 3 were there already", third.Error, StringComparison.Ordinal);
        Assert.Equal(3, Encode("in", "-r", "--json", "--force").Json.Items("embeddings").Length);
    }

    [Fact]
    public void What_is_not_this_models_is_not_replaced()
    {
        string tiny = TestFiles.SynthTiny(folder);
        Samnative.Run(folder, "encode", "in", "-m", tiny, "-o", "out").Succeeded();
        string[] before = Contents();

        Encode("in", "-r").Failed(1, "a.jpg.safetensors is in the way: another model made it");
        Assert.Equal(before, Contents());
        folder.Write("out/a.jpg.safetensors", "mine and precious");
        Encode("in", "-r").Failed(1, "a.jpg.safetensors is in the way: it is no embedding");
        Assert.Equal("mine and precious", File.ReadAllText(folder.File("out/a.jpg.safetensors")));
        Encode("in", "-r", "--force").Succeeded();
    }

    [Fact]
    public void Every_bad_picture_is_named_with_its_reason()
    {
        folder.Write("in/bad\u001b[31m.png", "no picture");
        folder.Write("in/empty.png", "");
        folder.Write("list.txt", "in/gone.png\nin/empty.png\nin/bad\u001b[31m.png\nin/a.png");

        Ran ran = Samnative.Run(folder, "encode", "@list.txt", "-m", "demo", "-o", "out", "--json");

        Assert.Equal(1, ran.ExitCode);
        using JsonDocument json = JsonDocument.Parse(ran.Output);
        JsonElement[] failed = json.RootElement.Items("failed");
        Assert.Equal(
            ["in/bad\u001b[31m.png", "in/empty.png", "in/gone.png"], failed.Select(picture => picture.Text("input")));
        Assert.Contains("the file is empty", failed[1].Text("reason"), StringComparison.Ordinal);
        Assert.Contains(
            "3 of 4 pictures failed:\n  in/bad\\u001b[31m.png: this is not", ran.Error, StringComparison.Ordinal);
        Assert.Contains("Could not find file", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", ran.Error, StringComparison.Ordinal);
        Assert.Equal(["a.png.safetensors"], Outputs());
    }

    [Fact]
    public void More_shards_than_pictures_leave_some_without_work()
    {
        Ran[] shards = [.. Enumerable.Range(0, 4).Select(i => Encode("in", "--shard", $"{i}/4").Succeeded())];

        Assert.Equal([1, 1, 0, 0], shards.Select(ran => ran.Text.Count(c => c == '\n')));
        Assert.Equal(["a.jpg.safetensors", "a.png.safetensors"], Outputs());
    }

    [Theory]
    [InlineData(2, "Give INPUT or --list", new string[0])]
    [InlineData(2, "- reads one picture from stdin: give it alone", new[] { "-", "in/a.png" })]
    [InlineData(2, "counted from 0, so the last one is 1/2", new[] { "in", "--shard", "2/2" })]
    [InlineData(2, "give i/n", new[] { "in", "--shard", "half" })]
    [InlineData(1, "list.txt'", new[] { "--list", "list.txt" })]
    [InlineData(1, "matches no pictures", new[] { "in/*.gif" })]
    public void What_makes_no_sense_is_refused(int exitCode, string saying, string[] inputs)
    {
        Encode(inputs).Failed(exitCode, saying);
        Assert.Equal(["in"], folder.Names);
    }

    private Ran Encode(params string[] arguments) =>
        Samnative.Run(folder, ["encode", .. arguments, "-m", "demo", "-o", "out"]);

    private string[] Outputs()
    {
        string root = folder.File("out");
        return
        [
            .. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
        ];
    }

    private string[] Contents() =>
        [.. Outputs().Select(name => $"{name} {Convert.ToHexString(File.ReadAllBytes(folder.File($"out/{name}")))}")];
}
