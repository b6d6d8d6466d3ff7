using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb everything on many pictures.</summary>
public sealed class EverythingManyTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public EverythingManyTests()
    {
        DrawnPictures.Write(folder.File("in"), 2, seed: 3);
        File.Copy(folder.File("in/001.png"), folder.File("in/001.jpg"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_picture_has_the_masks_that_it_has_alone()
    {
        JsonElement json = Everything("in", "-r", "--json", "--overlay", "over", "--label-map", "out").Json;

        Assert.Equal(["model", "model_sha256", "pictures", "results", "skipped", "failed", "passed_over"], json.Keys());
        JsonElement[] results = json.Items("results");
        Assert.Equal(["in/001.jpg", "in/001.png", "in/deep/000.png"], results.Select(result => result.Text("image")));
        Assert.Contains(results, result => result.GetProperty("masks").GetInt32() > 0);
        Assert.Equal(["001.jpg.overlay.png", "001.png.overlay.png", "deep/000.png.overlay.png"], Files("over"));
        Samnative.Run(
            folder, "everything", "in/001.png", "-m", "demo", "--points-per-side", "6", "-o", "one", "--overlay", "o.png",
            "--label-map", "l.png").Succeeded();
        Assert.Equal(FolderContents.Of(folder.File("one/001")), FolderContents.Of(folder.File("out/001.png")));
        Assert.Equal(File.ReadAllBytes(folder.File("o.png")), File.ReadAllBytes(folder.File("over/001.png.overlay.png")));
        Assert.Equal(File.ReadAllBytes(folder.File("l.png")), File.ReadAllBytes(folder.File("out/001.png.labels.png")));
    }

    [Theory]
    [InlineData("png")]
    [InlineData("coco")]
    public void A_second_run_does_what_is_missing_or_cut_short(string format)
    {
        string[] command = ["in", "-r", "--format", format, "--json"];
        Everything(command).Succeeded();
        string[] whole = FolderContents.Of(folder.File("out"));
        string ending = format == "png" ? "/metadata.csv" : ".json";
        File.Delete(folder.File($"out/001.jpg{ending}"));
        if (format == "coco")
        {
            byte[] file = File.ReadAllBytes(folder.File("out/deep/000.png.json"));
            File.WriteAllBytes(folder.File("out/deep/000.png.json"), file[..^2]);
        }

        JsonElement json = Everything(command).Json;

        string[] skipped = format == "png" ? ["in/001.png", "in/deep/000.png"] : ["in/001.png"];
        Assert.Equal(skipped, json.Items("skipped").Select(name => name.GetString()));
        Assert.Equal(whole, FolderContents.Of(folder.File("out")));
    }

    [Fact]
    public void What_was_made_in_another_way_is_not_mixed_with()
    {
        Everything("in", "--pred-iou-thresh", "0.5").Succeeded();
        string[] before = FolderContents.Of(folder.File("out"));

        Everything("in").Failed(1, "made by another model, in another form or with other options: choose another folder");
        Everything("in", "--pred-iou-thresh", "0.5", "--format", "rle").Failed(1, "samnative-everything.json says");
        Assert.Equal(before, FolderContents.Of(folder.File("out")));
        Everything("in", "--pred-iou-thresh", "0.5", "--points-per-batch", "3").Succeeded();
        Everything("in", "--force").Succeeded();
        Assert.NotEqual(before, FolderContents.Of(folder.File("out")));
        File.Delete(folder.File("out/samnative-everything.json"));
        Everything("in").Failed(1, "001.jpg is in the way, and there is no samnative-everything.json");
    }

    [Fact]
    public void A_users_folder_is_not_replaced()
    {
        Everything("in").Succeeded();
        Directory.Delete(folder.File("out/001.png"), recursive: true);
        Directory.CreateDirectory(folder.File("out/001.png"));
        folder.Write("out/001.png/precious.txt", "mine");

        Everything("in").Failed(1, "holds more than masks (precious.txt) and is not replaced");

        Assert.Equal(["precious.txt"], Files("out/001.png"));
    }

    [Fact]
    public void A_bad_picture_is_named_and_the_others_are_done()
    {
        folder.Write("in/002.png", "no picture");

        Ran ran = Everything("in");

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("1 of 3 pictures failed:\n  in/002.png: this is not", ran.Error, StringComparison.Ordinal);
        Assert.Equal(2, ran.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("all.json", "The masks of several pictures need a folder")]
    [InlineData("-", "Several pictures do not go to stdout")]
    [InlineData("in/001.png", "001.png is a file: name a folder")]
    public void Several_pictures_need_a_folder(string output, string saying) =>
        Samnative.Run(folder, "everything", "in", "-m", "demo", "--format", "coco", "-o", output).Failed(1, saying);

    private Ran Everything(params string[] arguments) =>
        Samnative.Run(folder, ["everything", .. arguments, "-m", "demo", "--points-per-side", "6", "-o", "out"]);

    private string[] Files(string name) =>
        [.. FolderContents.Of(folder.File(name)).Select(file => file.Split(' ')[0].Replace('\\', '/'))];
}
