using System.Text.RegularExpressions;
using SamNative.Kernels;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The library inside a program that was compiled ahead of time, for each level there is.</summary>
public sealed partial class NativeAotTests : IDisposable
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
        Assert.DoesNotContain(
            Directory.GetFiles(folder.File("app")), file => file.EndsWith(".so", StringComparison.Ordinal));
        Assert.SkipUnless(
            Isa.Processor >= level, $"{instructionSet} was compiled, but this processor has {Isa.Processor} and cannot run it");

        string picture = TestFiles.WritePpm(folder, "playground_small.png");
        string embedding = folder.File("embedding.f32");
        string libraries = folder.File("libraries");
        Ran ran = Ran.Of(
            program, [TestFiles.WriteTinyModel(folder), picture, "50", "37", folder.File("mask.pgm"), embedding],
            environment: [("LD_DEBUG", "libs"), ("LD_DEBUG_OUTPUT", libraries)]).Succeeded();
        Assert.Equal(["libc.so.6", "libm.so.6"], Searched(libraries));

        Assert.StartsWith($"{level}: score ", ran.Text, StringComparison.Ordinal);
        Assert.Equal(ReferenceData.GoldenHash("tiny.playground_small.embedding"), TestFiles.Sha256(embedding));
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

    /// <summary>The shared libraries that the loader looked for, at the start or later, by its own account.</summary>
    private static IEnumerable<string> Searched(string log) =>
        Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + ".*").SelectMany(File.ReadLines)
            .Select(line => Search().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["library"].Value).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"find library=(?<library>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Search();
}
