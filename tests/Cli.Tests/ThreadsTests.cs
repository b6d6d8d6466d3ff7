using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>--threads: the same limits for every verb that has it, and the same masks for as many as there may be.</summary>
public sealed class ThreadsTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public static TheoryData<string> Verbs =>
    [
        $"segment {TestFiles.Playground} --point 1,1",
        $"everything {TestFiles.Playground} --json",
        $"encode {TestFiles.Playground} -o e.safetensors",
        $"profile {TestFiles.Playground}",
        "bench",
        "serve --port 0",
    ];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_refuses_less_and_more(string verb)
    {
        foreach (string threads in (string[])["-1", $"{SamOptions.MaxThreads + 1}", "10000"])
        {
            Ran ran = Samnative.Run(folder, [.. verb.Split(' '), "-m", "demo", "--threads", threads]);
            ran.Failed(2, $"--threads {threads}: give a whole number from 1 to {SamOptions.MaxThreads}.");
        }

        Assert.Empty(folder.Names);
    }

    /// <summary>With 44 threads and AVX2, or 33 and AVX-512, this was a division by zero.</summary>
    [Theory]
    [InlineData("avx2", 44)]
    [InlineData("avx2", 64)]
    [InlineData("avx512", 64)]
    public void More_threads_than_tiles_give_the_mask_of_one(string isa, int threads)
    {
        Assert.SkipUnless(
            SamNative.Kernels.Isa.IsAvailable(Enum.Parse<SamNative.Kernels.IsaLevel>(isa, ignoreCase: true)), $"no {isa} here");
        Segment("one.png", 1).Succeeded();
        Segment("many.png", threads).Succeeded();
        Assert.Equal(File.ReadAllBytes(folder.File("one.png")), File.ReadAllBytes(folder.File("many.png")));

        Ran Segment(string to, int count) => Ran.Of(
            RunningProgram.Samnative,
            ["segment", TestFiles.Playground, "-m", "demo", "--point", TestFiles.SunPoint, "--threads", $"{count}",
                "-o", folder.File(to)],
            environment: [("SAMNATIVE_ISA", isa)]);
    }
}
