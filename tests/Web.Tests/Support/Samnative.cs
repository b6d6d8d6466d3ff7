using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The built program beside the tests, without the models that this machine may have.</summary>
internal static partial class Samnative
{
    /// <summary>Far beyond any run, so that a hanging program fails its test and not the whole lane.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    private const int Interrupt = 2;

    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments)
    {
        string name = OperatingSystem.IsWindows() ? "SamNative.Cli.exe" : "SamNative.Cli";
        return Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, name), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>What Ctrl-C does.</summary>
    public static void PressControlC(Process process) => Assert.Equal(0, Kill(process.Id, Interrupt));

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
