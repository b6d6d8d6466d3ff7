using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Outputs that are something else than a new file: what a verb reads, devices, pipes, links, long names.</summary>
public sealed class OutputTests : IDisposable
{
    private const string Picture = "in.png";

    private readonly WorkFolder folder = new();

    public OutputTests() => File.Copy(TestFiles.SmallPicture, folder.File(Picture));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("segment in.png -m demo --point 1,1 -o in.png", Picture)]
    [InlineData("segment in.png -m demo --point 1,1 -o linked.png", Picture)]
    [InlineData("segment in.png -m demo --point 1,1 -o hard.png", Picture)]
    [InlineData("segment hard.png -m demo --point 1,1 -o mask.png --overlay deep/../in.png", "hard.png")]
    [InlineData("segment in.png -m other -o mask.png --point 1,1 --cutout other", "other")]
    [InlineData("segment in.png -m demo -o mask.png --point 1,1 --embedding other --logits-out other", "other")]
    [InlineData("segment in.png -m demo -o other --prompts other", "other")]
    [InlineData("segment in.png -m demo -o other --mask-input other", "other")]
    [InlineData("encode in.png -m demo -o linked.png", Picture)]
    [InlineData("encode in.png -m other -o other", "other")]
    [InlineData("everything in.png -m demo --overlay in.png", Picture)]
    [InlineData("everything deep/deep.png -m demo -o .", "deep/deep.png")]
    [InlineData("everything in.png -m other --format coco -o out.json --label-map other", "other")]
    [InlineData("encode list/a.png list/a.png.safetensors -m demo -o list", "list/a.png.safetensors")]
    [InlineData("profile in.png -m demo --trace in.png", Picture)]
    [InlineData("synth --config other -o other", "other")]
    public void What_is_read_is_never_replaced(string command, string input)
    {
        if (OperatingSystem.IsWindows() && (command.Contains("hard") || command.Contains("linked")))
        {
            Assert.Skip("links take rights on Windows");
        }

        File.CreateSymbolicLink(folder.File("linked.png"), Picture);
        Ran.Of("ln", [folder.File(Picture), folder.File("hard.png")]).Succeeded();
        folder.Write("other", "what it says does not matter");
        Directory.CreateDirectory(folder.File("list"));
        Directory.CreateDirectory(folder.File("deep"));
        File.Copy(TestFiles.SmallPicture, folder.File("deep/deep.png"));
        File.Copy(TestFiles.SmallPicture, folder.File("list/a.png"));
        folder.Write("list/a.png.safetensors", "what it says does not matter");
        string[] before = FolderContents.Of(folder.Path);

        Samnative.Run(folder, [.. command.Split(' '), "--force"])
            .Failed(1, $" would replace {input}, which is read: give another name.");

        Assert.Equal(before, FolderContents.Of(folder.Path));
    }

    [Fact]
    public void Two_outputs_are_one_whatever_they_are_called_but_a_device_takes_any_number()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such links and devices");
        folder.Write("a.png", "old");
        Ran.Of("ln", [folder.File("a.png"), folder.File("hard.png")]).Succeeded();
        File.CreateSymbolicLink(folder.File("new.png"), "b.png");

        Segment("-o", "a.png", "--overlay", "hard.png", "--force").Failed(1, "hard.png would be written twice");
        Segment("-o", "b.png", "--overlay", "new.png").Failed(1, "new.png would be written twice");
        Segment("-o", "/dev/null", "--overlay", "/dev/null").Succeeded();

        Assert.Equal(["a.png", "hard.png", Picture, "new.png"], folder.Names);
    }

    [Fact]
    public void Pipes_devices_and_stdout_by_any_name_get_the_bytes_of_a_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names are Linux's");
        Segment("-o", "mask.png").Succeeded();
        byte[] expected = File.ReadAllBytes(folder.File("mask.png"));
        Ran.Of("mkfifo", [folder.File("pipe")]).Succeeded();
        File.CreateSymbolicLink(folder.File("link.png"), "linked.png");
        File.CreateSymbolicLink(folder.File("full"), "/dev/full");
        byte[] piped = [];
        Thread reader = new(() => piped = File.ReadAllBytes(folder.File("pipe")));
        reader.Start();

        Segment("-o", "pipe").Succeeded();
        Ran stdout = Segment("-o", "/dev/stdout").Succeeded();
        Segment("-o", "link.png").Succeeded();
        Shell("-o >(cat > substituted.png; touch done) && while [ ! -e done ]; do sleep 0.1; done");
        Shell("-o /dev/stdout > redirected.png");
        Segment("-o", "full", "--force").Failed(1, "samnative: full cannot be written: the disk is full.\n");
        Ran toFull = Ran.Of("bash", ["-c", $"{Command} -o - > /dev/full"], folder.Path);

        Assert.True(reader.Join(TimeSpan.FromSeconds(60)));
        Assert.Equal(expected, piped);
        Assert.Equal(expected, stdout.Output.ToArray());
        Assert.All(
            ["linked.png", "substituted.png", "redirected.png"],
            name => Assert.Equal(expected, File.ReadAllBytes(folder.File(name))));
        Assert.Equal(FileKind.Pipe, FileStatus.Of(folder.File("pipe")).Kind);
        Assert.Equal(FileKind.Character, FileStatus.Of("/dev/full").Kind);
        Assert.Equal("linked.png", new FileInfo(folder.File("link.png")).LinkTarget);
        toFull.Failed(1, "samnative: stdout cannot be written: the disk is full.\n");
        Assert.Equal(
            ["done", "full", Picture, "link.png", "linked.png", "mask.png", "pipe", "redirected.png", "substituted.png"],
            folder.Names);
    }

    [Fact]
    public void What_was_written_to_a_device_is_counted_all_the_same()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no /dev/null");
        JsonElement file = Samnative.Run(folder, "convert", "demo", "demo.safetensors", "--json").Json;
        JsonElement device = Samnative.Run(folder, "convert", "demo", "/dev/null", "--json").Json;

        Assert.Equal(new FileInfo(folder.File("demo.safetensors")).Length, file.GetProperty("bytes").GetInt64());
        Assert.Equal(file.GetProperty("bytes").GetInt64(), device.GetProperty("bytes").GetInt64());
    }

    [Theory]
    [InlineData("encode", ".safetensors")]
    [InlineData("everything", ".overlay.png", "--points-per-side", "2", "--overlay", "out")]
    [InlineData("everything", ".json", "--points-per-side", "2", "--format", "rle")]
    public void A_result_whose_name_does_not_fit_is_one_failed_picture(string verb, string ending, params string[] options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have other limits");
        const int limit = 255;
        string most = $"b{new string('b', limit - ending.Length - 5)}.png";
        string tooLong = $"b{new string('b', limit - ending.Length - 4)}.png";
        Directory.CreateDirectory(folder.File("in"));
        foreach (string name in new[] { "a.png", most, tooLong, "c.png", $"{new string('圖', 76)}.png" })
        {
            File.Copy(TestFiles.SmallPicture, folder.File($"in/{name}"));
        }

        Ran ran = Samnative.Run(folder, [verb, "in", "-m", "demo", "-o", "out", "--json", .. options]);

        Assert.Equal(1, ran.ExitCode);
        using JsonDocument json = JsonDocument.Parse(ran.Output);
        JsonElement failed = Assert.Single(json.RootElement.GetProperty("failed").EnumerateArray().ToArray());
        Assert.EndsWith(tooLong, failed.GetProperty("input").GetString());
        Assert.Contains("its name is too long for this file system", failed.GetProperty("reason").GetString());
        Assert.DoesNotContain(".tmp", ran.Error);
        Assert.True(Path.Exists(folder.File($"out/{most}{ending}")));
        Assert.True(Path.Exists(folder.File($"out/c.png{ending}")));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("out"), ".*"));
    }

    private static string Command =>
        $"'{RunningProgram.Samnative}' segment {Picture} -m demo --point 83,10";

    private Ran Segment(params string[] options) =>
        Samnative.Run(folder, ["segment", Picture, "-m", "demo", "--point", "83,10", .. options]);

    private void Shell(string rest) => Ran.Of("bash", ["-c", $"{Command} {rest}"], folder.Path).Succeeded();
}
