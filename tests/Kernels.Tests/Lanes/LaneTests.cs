using System.Diagnostics;
using System.Text.RegularExpressions;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Kernels.Tests;

/// <summary>The quick tests once more, in processes that have fewer instructions or are told to use fewer.</summary>
public sealed partial class LaneTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    [InlineData("DOTNET_EnableHWIntrinsic", "0")]
    [InlineData(Isa.EnvironmentVariable, "scalar")]
    public async Task Quick_tests_pass_with(string variable, string value)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "SamNative.Kernels.Tests");
        ProcessStartInfo start = new(OperatingSystem.IsWindows() ? program + ".exe" : program)
        {
            ArgumentList = { "-trait", "Lane=quick", "-failSkips", "-noColor", "-noLogo" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment.Remove(LongRun.EnvironmentVariable);
        start.Environment.Remove(Isa.EnvironmentVariable);
        start.Environment[InLaneTests.ExpectedDigest] = Digest.Of(IsaLevel.Scalar);
        start.Environment[variable] = value;

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        string report = $"{variable}={value}: exit code {process.ExitCode}\n{Crash(process.Id)}{output}";
        Assert.True(process.ExitCode == 0, report);
        Match total = Total().Match(output);
        Assert.True(total.Success && int.Parse(total.Groups["count"].Value) > 20, $"ran too little. {report}");
    }

    private static string Crash(int process)
    {
        string running = RunningCase.FileOf(process);
        return File.Exists(running) ? $"It crashed while at:\n{File.ReadAllText(running)}" : "";
    }

    [GeneratedRegex(@"Total: (?<count>\d+),", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Total();
}
