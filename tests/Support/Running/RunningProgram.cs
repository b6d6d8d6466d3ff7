using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace SamNative.Tests.Support;

/// <summary>A program that was started; it ends with the test at the latest.</summary>
public sealed partial class RunningProgram : IDisposable
{
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int Ignored = 1;

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly List<byte> output = [];
    private readonly List<byte> error = [];
    private readonly Task reading;

    /// <summary>
    /// What a script starts in the background ignores Ctrl-C, and so does whatever that starts: the programs of these tests
    /// must not inherit it.
    /// </summary>
    static RunningProgram()
    {
        foreach (int signal in OperatingSystem.IsWindows() ? [] : (int[])[Interrupt, Quit])
        {
            // The structure begins with the handler on every Unix, and is smaller than this.
            nint[] action = new nint[64];
            if (SignalAction(signal, 0, action) == 0 && action[0] == Ignored)
            {
                Handle(signal, 0);
            }
        }
    }

    private RunningProgram(ProcessStartInfo info)
    {
        process = Process.Start(info)!;
        reading = Task.WhenAll(
            Read(process.StandardOutput.BaseStream, output), Read(process.StandardError.BaseStream, error));
    }

    /// <summary>The program samnative as the build left it beside the tests that refer to it.</summary>
    public static string Samnative { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "SamNative.Cli.exe" : "SamNative.Cli");

    /// <summary>Whether it has come to its end.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>What it has written to stdout so far.</summary>
    public string TextSoFar => SoFar(output);

    /// <summary>What it has written to stderr so far.</summary>
    public string ErrorSoFar => SoFar(error);

    /// <summary>The most memory it has had resident so far, in bytes (Linux); 0 once it has come to its end.</summary>
    public long PeakMemory => Status("VmHWM:");

    /// <summary>The memory it has resident, in bytes (Linux); 0 once it has come to its end.</summary>
    public long Memory => Status("VmRSS:");

    /// <summary>Begins to measure the peak anew (Linux).</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{process.Id}/clear_refs", "5");

    /// <summary>How long processors have worked for it so far; zero once it has come to its end.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            try
            {
                process.Refresh();
                return process.TotalProcessorTime;
            }
            catch (Exception ended) when (ended is InvalidOperationException or Win32Exception)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="folder">Where; the root of the checkout where none is given.</param>
    /// <param name="environment">What differs from this process's; null removes.</param>
    /// <param name="input">All it gets on stdin.</param>
    public static RunningProgram Start(
        string program, IEnumerable<string> arguments, string? folder = null,
        IEnumerable<(string Name, string? Value)>? environment = null, ReadOnlySpan<byte> input = default)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            WorkingDirectory = folder ?? ReferenceData.Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment ?? [])
        {
            info.Environment[name] = value;
        }

        RunningProgram started = new(info);
        using Stream stdin = started.process.StandardInput.BaseStream;
        stdin.Write(input);
        return started;
    }

    /// <summary>Waits until something holds while the program runs.</summary>
    public void WaitUntil(Func<bool> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.False(process.HasExited, "the program ended before what was waited for happened");
            Assert.True(waited.Elapsed < Waiting.Bound, "what was waited for did not happen");
            Thread.Sleep(5);
        }
    }

    /// <summary>Ends it as nothing can prevent (SIGKILL), and waits until it is gone.</summary>
    /// <returns>Whether it had come to a good end of its own before.</returns>
    public bool Kill()
    {
        process.Kill();
        Assert.True(process.WaitForExit(Waiting.Bound), "a killed program does not end");
        return process.ExitCode == 0;
    }

    /// <summary>What Ctrl-C does.</summary>
    public void PressControlC() => Assert.Equal(0, Kill(process.Id, Interrupt));

    /// <summary>Waits for its end.</summary>
    public Ran End()
    {
        Assert.True(process.WaitForExit(Waiting.Bound), $"{process.StartInfo.FileName} does not end");
        reading.Wait();
        return new Ran(process.StartInfo.FileName, process.ExitCode, output.ToArray(), ErrorSoFar);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private string SoFar(List<byte> written)
    {
        lock (gate)
        {
            return Encoding.UTF8.GetString([.. written]);
        }
    }

    private long Status(string label)
    {
        try
        {
            string? line = File.ReadAllLines($"/proc/{process.Id}/status")
                .FirstOrDefault(line => line.StartsWith(label, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[label.Length..].Replace("kB", "", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // It ended between the question and the answer.
            return 0;
        }
    }

    private async Task Read(Stream stream, List<byte> written)
    {
        byte[] piece = new byte[4096];
        for (int read; (read = await stream.ReadAsync(piece)) > 0;)
        {
            lock (gate)
            {
                written.AddRange(piece.AsSpan(0, read));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SignalAction(int signal, nint action, [In, Out] nint[] old);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Handle(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
