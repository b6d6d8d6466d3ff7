using System.Text;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Inputs that are no regular files: pipes, devices, things without end; and text as people save it.</summary>
public sealed class InputTests : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(5);

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Pipes_give_what_files_give()
    {
        Segment(TestFiles.SmallPicture, "-m", "demo", "--point", "60,60", "-o", "file.png").Succeeded();
        folder.Write("prompt.json", """{"points":[[60,60]],"labels":[1]}""");
        Task[] writing =
        [
            Feed("picture", Bytes(TestFiles.SmallPicture)), Feed("model", Bytes(TestFiles.DemoModel)),
            Feed("prompts", Bytes(folder.File("prompt.json"))),
            Feed("list", Encoding.UTF8.GetBytes(TestFiles.SmallPicture)),
        ];

        Segment("picture", "-m", "model", "--prompts", "prompts", "-o", "pipe.png").Succeeded();
        Samnative.Run(folder, "encode", "@list", "-m", "demo", "-o", "out").Succeeded();

        await Task.WhenAll(writing).WaitAsync(patience);
        Assert.Equal(Bytes(folder.File("file.png")), Bytes(folder.File("pipe.png")));
        Assert.Single(Directory.GetFiles(folder.File("out")));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_for_a_pipe_that_nobody_opens()
    {
        // The picture comes through a pipe too, so that the program is known to be past its start.
        await Task.WhenAll(new[] { "-m", "--prompts", "--mask-input", "--embedding" }.Select(async option =>
        {
            string name = option.TrimStart('-');
            Task fed = Feed($"{name}.picture", Bytes(TestFiles.SmallPicture));
            MakePipe(name);
            string[] more = option switch
            {
                "-m" => ["--point", "1,1"],
                "--prompts" => ["-m", "demo"],
                _ => ["-m", "demo", "--point", "1,1"],
            };
            using RunningProgram run = Samnative.Start(
                folder, [], [], ["segment", $"{name}.picture", option, name, "-o", $"{name}.png", .. more]);
            await fed.WaitAsync(patience);
            await Task.Delay(1500);
            run.PressControlC();

            (await Task.Run(run.End)).Failed(130, "samnative: cancelled.");
        }));
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait_for_a_pipe_that_stays_silent()
    {
        string[][] commands =
        [
            ["segment", "PIPE", "-m", "demo", "--point", "1,1", "-o", "m.png"],
            ["everything", "PIPE", "-m", "demo", "--json"],
            ["encode", "PIPE", "-m", "demo", "-o", "o.safetensors"],
            ["encode", "@PIPE", "-m", "demo", "-o", "out"],
            ["encode", "--list", "PIPE", "-m", "demo", "-o", "out"],
            ["synth", "--config", "PIPE", "-o", "o.safetensors"],
            ["inspect", "PIPE"],
            ["verify", "PIPE"],
            ["convert", "PIPE", "o.safetensors"],
        ];
        await Task.WhenAll(commands.Select(async (command, i) =>
        {
            MakePipe($"pipe{i}");
            string[] arguments = [.. command.Select(word => word.Replace("PIPE", $"pipe{i}", StringComparison.Ordinal))];
            using RunningProgram run = Samnative.Start(folder, [], [], arguments);

            // Opening waits until the program opens its end.
            await using FileStream silent = await Task.Run(
                () => new FileStream(folder.File($"pipe{i}"), FileMode.Open, FileAccess.Write)).WaitAsync(patience);
            run.PressControlC();

            (await Task.Run(run.End)).Failed(130, "samnative: cancelled.");
        }));
    }

    [Fact]
    public void Ctrl_C_ends_the_wait_for_standard_input()
    {
        MakePipe("stdin");

        // Open to read and to write, it opens at once and never ends; exec keeps the shell's process.
        string[] shell = ["-c", "exec \"$0\" \"$@\" <>stdin", RunningProgram.Samnative, "inspect", "-"];
        using RunningProgram run = RunningProgram.Start("/bin/sh", shell, folder.Path);
        Thread.Sleep(2000);
        run.PressControlC();

        run.End().Failed(130, "samnative: cancelled.");
    }

    [Theory]
    [InlineData("segment /dev/zero -m demo --point 1,1 -o m.png", "/dev/zero: this is not a PNG")]
    [InlineData("segment PICTURE -m /dev/zero --point 1,1 -o m.png", "/dev/zero is neither a safetensors nor a PyTorch file")]
    [InlineData("segment PICTURE -m demo --prompts /dev/zero -o m.png", "/dev/zero: a prompt has at most 16384 bytes")]
    [InlineData("segment PICTURE -m demo --point 1,1 --mask-input /dev/urandom -o m.png", "/dev/urandom: this is not a PNG")]
    [InlineData("segment PICTURE -m demo --point 1,1 --embedding /dev/zero -o m.png", "/dev/zero, byte 8: the header is empty")]
    [InlineData("encode @/dev/zero -m demo -o out", "/dev/zero has more than 67108864 bytes: is this another file?")]
    [InlineData("encode /dev/zero -m demo -o o.safetensors", "/dev/zero: this is not a PNG")]
    [InlineData("synth --config /dev/zero -o o.safetensors", "/dev/zero has more than 65536 bytes: is this another file?")]
    [InlineData("verify /dev/urandom", "/dev/urandom ")]
    [InlineData("inspect /dev/null", "/dev/null is empty")]
    [InlineData("synth --config . -o o.safetensors", ". is a folder: give a file")]
    public void What_never_ends_is_refused(string command, string saying)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the devices of Linux");
        string[] arguments =
            [.. command.Split(' ').Select(word => word.Replace("PICTURE", TestFiles.SmallPicture, StringComparison.Ordinal))];

        Samnative.Run(folder, arguments).Failed(1, saying);

        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_folder_run_passes_over_what_is_no_regular_file()
    {
        Directory.CreateDirectory(folder.File("in"));
        MakePipe("in/a.png");
        File.Copy(TestFiles.SmallPicture, folder.File("in/b.png"));

        Ran ran = Samnative.Run(folder, "encode", "in", "-m", "demo", "-o", "out").Succeeded();

        Assert.Contains("passed over 1 that are no regular files, such as in/a.png", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_and_a_configuration_are_read_as_any_editor_saves_them()
    {
        string prompt = "{\n\"points\": [[60, 60]],\n\"labels\": [1.0]\n}\n";
        Segment(TestFiles.SmallPicture, "-m", "demo", "--point", "60,60", "-o", "expected.png").Succeeded();
        string config = ReferenceData.Config("tiny");
        folder.Write("tiny.json", config);
        Samnative.Run(folder, "synth", "--config", "tiny.json", "-o", "expected.safetensors", "--seed", "7").Succeeded();
        foreach (Encoding encoding in new[] { Encoding.UTF8, Encoding.Unicode })
        {
            File.WriteAllText(folder.File("p.json"), prompt.Replace("\n", "\r\n", StringComparison.Ordinal), encoding);
            File.WriteAllText(folder.File("c.json"), config.Replace("\n", "\r", StringComparison.Ordinal), encoding);
            Segment(TestFiles.SmallPicture, "-m", "demo", "--prompts", "p.json", "-o", "m.png", "--force").Succeeded();
            Samnative.Run(folder, "synth", "--config", "c.json", "-o", "c.safetensors", "--seed", "7.0", "--force").Succeeded();

            Assert.Equal(Bytes(folder.File("expected.png")), Bytes(folder.File("m.png")));
            Assert.Equal(
                Bytes(folder.File("expected.safetensors")), Bytes(folder.File("c.safetensors")));
        }

        folder.Write("p.json", prompt.Replace("1.0", "1.5", StringComparison.Ordinal));
        Segment(TestFiles.SmallPicture, "-m", "demo", "--prompts", "p.json", "-o", "n.png")
            .Failed(1, "labels[0] must be 1 (on it) or 0 (not on it)");
    }

    [Fact]
    public void A_manifest_may_have_been_saved_by_an_editor()
    {
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/a.png"));
        string[] run = ["everything", "in", "-m", "demo", "-o", "out", "--points-per-side", "2.0"];
        Samnative.Run(folder, run).Succeeded();
        string manifest = folder.File("out/samnative-everything.json");
        string text = File.ReadAllText(manifest);

        File.WriteAllText(manifest, $"{text}\r\n", Encoding.UTF8);
        Samnative.Run(folder, run).Succeeded();
        Samnative.Run(folder, [.. run[..^1], "2.5"]).Failed(2, "--points-per-side 2.5: give a whole number");
        File.WriteAllText(manifest, text + new string(' ', 1 << 16));
        Samnative.Run(folder, run).Failed(1, "has more than 65536 bytes");
    }

    private Ran Segment(params string[] arguments) => Samnative.Run(folder, ["segment", .. arguments]);

    private void MakePipe(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs in folders");
        Ran.Of("mkfifo", [folder.File(name)]).Succeeded();
    }

    private static byte[] Bytes(string path) => File.ReadAllBytes(path);

    /// <summary>Makes a pipe, and writes into it as soon as somebody reads.</summary>
    private Task Feed(string name, byte[] content)
    {
        MakePipe(name);
        return Task.Run(() =>
        {
            using FileStream stream = new(folder.File(name), FileMode.Open, FileAccess.Write);
            stream.Write(content);
        });
    }
}
