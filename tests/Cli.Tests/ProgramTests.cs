using System.Diagnostics;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The program as a whole: help, wrong verbs, terminals, Ctrl-C.</summary>
public sealed class ProgramTests : IDisposable
{
    private const string SlowConfig = """
        {"img_size":1024,"patch_size":16,"embed_dim":192,"depth":12,"num_heads":3,"mlp_ratio":4.0,"window_size":14,
         "global_attn_indexes":[2,5,8,11],"prompt_embed_dim":64,"mask_in_chans":16,
         "decoder_mlp_dim":128,"decoder_heads":4,"iou_head_hidden_dim":64}
        """;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Help_names_every_verb_and_every_option_has_a_word()
    {
        string help = Samnative.Run(folder, "--help").Succeeded().Text;

        string[] verbs =
        [
            "segment", "everything", "encode", "tower", "inspect", "verify", "convert", "download", "synth", "bench", "profile", "info",
        ];
        foreach (string verb in verbs)
        {
            Assert.Contains($"\n  {verb} ", help, StringComparison.Ordinal);
            Ran ran = Samnative.Run(folder, verb, "--help").Succeeded();
            Assert.Empty(ran.Error);
            Assert.All(
                ran.Text.Split('\n').SkipWhile(line => line != "Options:").Skip(1).Where(line => line.Length > 0),
                line => Assert.Contains("  ", line.Trim(), StringComparison.Ordinal));
        }

        string segment = Samnative.Run(folder, "segment", "--help").Text;
        Assert.Contains("the best of the three by score", segment, StringComparison.Ordinal);
        Assert.StartsWith("0.", Samnative.Run(folder, "--version").Succeeded().Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new string[0], "Required command was not provided")]
    [InlineData(new[] { "segmet" }, "segment")]
    [InlineData(new[] { "info", "more" }, "'more'")]
    public void A_command_line_that_makes_no_sense_ends_with_2(string[] arguments, string saying) =>
        Samnative.Run(folder, arguments).Failed(2, saying);

    [Fact]
    public void The_program_goes_by_its_short_name_too()
    {
        // Beside the folder of the tests lies that of the program, each with the build's configuration below it.
        string tests = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string name = OperatingSystem.IsWindows() ? "samnative.exe" : "samnative";
        string program = Path.Combine(tests, "..", "..", "SamNative.Cli", Path.GetFileName(tests), name);
        Assert.SkipUnless(File.Exists(program), "the program was built to a place of its own");

        Assert.Equal(Samnative.Run(folder, "--version").Text, Ran.Of(program, ["--version"]).Succeeded().Text);
    }

    [Fact]
    public void Ctrl_C_during_an_encode_ends_with_130_and_leaves_no_file()
    {
        SkipWithoutSignals();
        folder.Write("slow.json", SlowConfig);
        Samnative.Run(folder, "synth", "--config", "slow.json", "-o", "slow.safetensors").Succeeded();
        string[] before = folder.Names;

        // Many seconds of scalar work on one thread: two are enough to be in the middle of it, and three more would be too
        // many to notice the end. They are counted in work, whatever else the machine does.
        using RunningProgram run = Samnative.Start(
            folder, [], [("SAMNATIVE_ISA", "scalar")], "segment", TestFiles.Playground, "-m", "slow.safetensors",
            "--point", TestFiles.SunPoint, "-o", "mask.png", "--overlay", "over.png", "--threads", "1");
        run.WaitUntil(() => run.ProcessorTime > TimeSpan.FromSeconds(2));
        TimeSpan pressed = run.ProcessorTime, worked = TimeSpan.Zero;
        run.PressControlC();
        for (Stopwatch waited = Stopwatch.StartNew(); !run.HasEnded && waited.Elapsed < Waiting.Bound; Thread.Sleep(5))
        {
            TimeSpan more = run.ProcessorTime - pressed;
            worked = more > worked ? more : worked;
        }

        Ran ran = run.End();

        ran.Failed(130, "samnative: cancelled.");
        Assert.True(worked < TimeSpan.FromSeconds(3), $"it worked for {worked} to stop");
        Assert.Equal(before, folder.Names);
    }

    /// <summary>A shell starts in the background what ignores Ctrl-C: also ./test, and the programs of these tests.</summary>
    [Fact]
    public void Tests_that_were_started_in_the_background_press_Ctrl_C_all_the_same()
    {
        SkipWithoutSignals();

        Ran ran = Ran.Of("/bin/sh", ["-c", $"trap '' INT QUIT; exec \"$0\" {InterruptedChild.Word}", Environment.ProcessPath!]);

        Assert.True(ran.ExitCode == 130, $"{ran.ExitCode}: {ran.Text}{ran.Error}");
    }

    [Fact]
    public void Ctrl_C_between_pictures_leaves_whole_files_only()
    {
        SkipWithoutSignals();
        Directory.CreateDirectory(folder.File("in"));
        for (int i = 0; i < 200; i++)
        {
            File.Copy(TestFiles.SmallPicture, folder.File($"in/{i:000}.png"));
        }

        using RunningProgram run = Samnative.Start(
            folder, [], [("SAMNATIVE_ISA", "scalar")], "encode", "in", "-m", "demo", "-o", "out", "--threads", "1");
        run.WaitUntil(() => File.Exists(folder.File("out/001.png.safetensors")));
        run.PressControlC();

        run.End().Failed(130, "cancelled.");
        string[] written = Directory.GetFileSystemEntries(folder.File("out"));
        Assert.InRange(written.Length, 2, 199);
        Assert.All(written, path =>
        {
            using SamEmbedding embedding = SamEmbedding.Load(path);
            Assert.Equal(new ImageSize(120, 180), embedding.OriginalSize);
        });
    }

    [Fact]
    public void Ctrl_C_during_a_long_write_leaves_nothing()
    {
        SkipWithoutSignals();

        using RunningProgram run = Samnative.Start(folder, [], [], "synth", "--config", "vit_h", "-o", "huge.safetensors");
        run.WaitUntil(() => folder.Names.Length > 0);
        run.PressControlC();

        run.End().Failed(130, "cancelled.");
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_picture_is_not_written_to_a_terminal()
    {
        Ran screen = OnTerminal(
            "segment", TestFiles.Playground, "-m", "demo", "--point", TestFiles.SunPoint, "-o", "-");

        Assert.Equal(2, screen.ExitCode);
        Assert.Contains("not written to a terminal", screen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("IHDR", screen.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_shown_on_a_terminal_and_goes_away()
    {
        Ran screen = OnTerminal(
            "segment", TestFiles.Playground, "-m", "demo", "--point", TestFiles.SunPoint, "-o", "mask.png");

        Assert.Equal(0, screen.ExitCode);
        Assert.Contains("\rencoding 100 %", screen.Text, StringComparison.Ordinal);
        Assert.Contains("\r              \rmask.png: score", screen.Text, StringComparison.Ordinal);
    }

    private static void SkipWithoutSignals() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "on Windows one process cannot press another one's Ctrl-C");

    /// <summary>Runs the program on a pseudo terminal, made by the command script of util-linux.</summary>
    private Ran OnTerminal(params string[] arguments)
    {
        const string Script = "/usr/bin/script";
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), $"no {Script} to make a terminal");
        string command = string.Join(' ', arguments.Prepend(RunningProgram.Samnative).Select(argument => $"'{argument}'"));
        return Ran.Of(Script, ["-qec", command, "/dev/null"], folder.Path);
    }
}
