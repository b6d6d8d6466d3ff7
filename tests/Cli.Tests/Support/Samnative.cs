using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>
/// Runs the built program as a process of its own, with an empty cache folder, and without what this machine has in other
/// caches or says about its network.
/// </summary>
internal sealed class Samnative : IDisposable
{
    private const int Interrupt = 2;

    /// <summary>Far beyond any run, so that a hanging program fails its test and not the whole lane.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);

    private static readonly string[] ambient =
    [
        "TORCH_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", CheckpointAddress.MirrorVariable,
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    ];

    private readonly Process process;
    private readonly Task<byte[]> output;
    private readonly Task<string> error;

    private Samnative(ProcessStartInfo info, ReadOnlySpan<byte> input)
    {
        process = Process.Start(info)!;
        output = ReadAll(process.StandardOutput.BaseStream);
        error = process.StandardError.ReadToEndAsync();
        using Stream stdin = process.StandardInput.BaseStream;
        stdin.Write(input);
    }

    /// <summary>The program as the build left it beside the tests.</summary>
    public static string Path { get; } = System.IO.Path.Combine(
        AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "SamNative.Cli.exe" : "SamNative.Cli");

    /// <summary>Runs it to its end in a folder.</summary>
    public static Ran Run(WorkFolder folder, params string[] arguments) => Run(folder, [], [], arguments);

    /// <summary>Runs it with something on stdin and more environment.</summary>
    public static Ran Run(
        WorkFolder folder, ReadOnlySpan<byte> input, (string Name, string Value)[] environment,
        params string[] arguments)
    {
        using Samnative run = Start(folder, input, environment, arguments);
        return run.End();
    }

    /// <summary>Starts it, to be interrupted.</summary>
    public static Samnative Start(
        WorkFolder folder, ReadOnlySpan<byte> input, (string Name, string Value)[] environment,
        params string[] arguments)
    {
        ProcessStartInfo info = new(Path, arguments)
        {
            WorkingDirectory = folder.Path,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in ambient)
        {
            info.Environment.Remove(name);
        }

        info.Environment[ModelPlaces.HomeVariable] = folder.Cache;
        info.Environment["XDG_CACHE_HOME"] = System.IO.Path.Combine(folder.Cache, "others");
        foreach ((string name, string value) in environment)
        {
            info.Environment[name] = value;
        }

        return new Samnative(info, input);
    }

    /// <summary>Waits until something holds while the program runs.</summary>
    public void WaitUntil(Func<bool> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.False(process.HasExited, "the program ended before it was interrupted");
            Assert.True(waited.Elapsed < patience, "what was waited for did not happen");
            Thread.Sleep(5);
        }
    }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>The most memory it has had resident so far, in bytes (Linux); 0 once it has come to its end.</summary>
    public long PeakMemory
    {
        get
        {
            const string Label = "VmHWM:";
            try
            {
                string? line = File.ReadAllLines($"/proc/{process.Id}/status")
                    .FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
                return line is null ? 0 : 1024 * long.Parse(line[Label.Length..].Replace("kB", "", StringComparison.Ordinal));
            }
            catch (IOException)
            {
                // It ended between the question and the answer.
                return 0;
            }
        }
    }

    /// <summary>Ends it as nothing can prevent (SIGKILL), and waits until it is gone.</summary>
    /// <returns>Whether it had come to a good end of its own before.</returns>
    public bool Kill()
    {
        process.Kill();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>What Ctrl-C does.</summary>
    public void PressControlC() => Assert.Equal(0, NativeMethods.Kill(process.Id, Interrupt));

    /// <summary>Waits for its end.</summary>
    public Ran End()
    {
        Assert.True(process.WaitForExit(patience), "the program does not end");
        return new Ran(process.ExitCode, output.Result, error.Result);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private static async Task<byte[]> ReadAll(Stream stream)
    {
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}

/// <summary>What the tests need of the system.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Kill(int process, int signal);
}
