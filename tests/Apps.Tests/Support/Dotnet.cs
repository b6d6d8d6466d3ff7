using System.Runtime.InteropServices;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The SDK, as a user would call it.</summary>
internal static class Dotnet
{
    /// <summary>The SDK that runs these tests, wherever it lies.</summary>
    private static readonly string path = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static Ran Run(string folder, params string[] arguments) => Ran.Of(path, arguments, folder);

    /// <summary>Compiles a project of this checkout ahead of time; skips where there is no toolchain for that.</summary>
    /// <param name="instructionSet">What IlcInstructionSet says; empty for a program that runs everywhere.</param>
    public static void PublishNative(string project, string instructionSet, string folder)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "what NativeAOT makes is tested on Linux on x64");
        Assert.SkipUnless(Ran.Has("clang") || Ran.Has("gcc"), "NativeAOT links with clang or gcc, and neither is here");
        Ran published = Run(
            ReferenceData.Root, "publish", project, "-c", "Release", "-r", "linux-x64", "-o", folder, "-v", "quiet",
            "-nodeReuse:false", $"-p:IlcInstructionSet={instructionSet}").Succeeded();
        Assert.DoesNotContain("warning", published.Text, StringComparison.OrdinalIgnoreCase);
    }
}
