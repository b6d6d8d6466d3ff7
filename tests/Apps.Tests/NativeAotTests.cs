using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The library inside a program that was compiled ahead of time, for each level there is.</summary>
public sealed class NativeAotTests : IDisposable
{
    private const long MaxProgramBytes = 4_000_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", IsaLevel.Scalar)]
    [InlineData("x86-64-v3", IsaLevel.Avx2)]
    [InlineData("x86-64-v4", IsaLevel.Avx512)]
    public void A_program_is_small_needs_only_the_c_library_and_gives_the_committed_bytes(
        string instructionSet, IsaLevel level)
    {
        Dotnet.PublishNative("samples/embedded", instructionSet, folder.File("app"));
        string program = Path.Combine(folder.File("app"), "SamNative.Samples.Embedded");
        Assert.InRange(new FileInfo(program).Length, 1, MaxProgramBytes);
        Assert.Equal(["libc", "libm"], Libraries(program));
        Assert.DoesNotContain(
            Directory.GetFiles(folder.File("app")), file => file.EndsWith(".so", StringComparison.Ordinal));
        Assert.SkipUnless(
            Isa.Processor >= level, $"{instructionSet} was compiled, but this processor has {Isa.Processor} and cannot run it");

        string picture = TestFiles.WritePpm(folder, "playground_small.png");
        string embedding = folder.File("embedding.f32");
        Ran ran = Ran.Of(
            program, [TestFiles.WriteTinyModel(folder), picture, "50", "37", folder.File("mask.pgm"), embedding])
            .Succeeded();

        Assert.StartsWith($"{level}: score ", ran.Output, StringComparison.Ordinal);
        Assert.Equal(TestFiles.GoldenHash("tiny.playground_small.embedding"), TestFiles.Sha256(embedding));
        if (level == IsaLevel.Scalar)
        {
            string line = Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.StartsWith("reference mode: ", line, StringComparison.Ordinal);
            Assert.Contains("IlcInstructionSet=x86-64-v3", line, StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(ran.Error);
        }
    }

    /// <summary>The shared libraries of a program, without the loader's own.</summary>
    private static IEnumerable<string> Libraries(string program) =>
        Ran.Of("ldd", [program]).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Trim().Split(' ')[0])
            .Where(name => name.StartsWith("lib", StringComparison.Ordinal))
            .Select(name => name[..name.IndexOf('.', StringComparison.Ordinal)])
            .Order(StringComparer.Ordinal);
}
