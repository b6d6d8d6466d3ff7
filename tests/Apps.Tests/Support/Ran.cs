using System.Diagnostics;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>A program that was run to its end.</summary>
internal sealed record Ran(string Name, int ExitCode, string Output, string Error)
{
    /// <summary>Far beyond any run, so that a hanging program fails its test and not the whole suite.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs a program in a folder, the root of the checkout where none is given.</summary>
    public static Ran Of(
        string program, IEnumerable<string> arguments, string? folder = null,
        IEnumerable<(string Name, string Value)>? environment = null)
    {
        using Process process = Process.Start(Info(program, arguments, folder, environment))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} does not end");
        }

        return new Ran(program, process.ExitCode, output.Result, error.Result);
    }

    /// <summary>How a program is started, its output to be read.</summary>
    public static ProcessStartInfo Info(
        string program, IEnumerable<string> arguments, string? folder = null,
        IEnumerable<(string Name, string Value)>? environment = null)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            WorkingDirectory = folder ?? ReferenceData.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? [])
        {
            info.Environment[name] = value;
        }

        return info;
    }

    /// <summary>Whether a program can be started at all.</summary>
    public static bool Has(string program)
    {
        try
        {
            return Of(program, ["--version"]).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public Ran Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Name} ended with {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}
