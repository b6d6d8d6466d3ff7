using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SamNative.Bench;

/// <summary>
/// The inside of a process that holds one engine: reads commands from stdin, one a line, and answers each with one line.
/// An engine has a process of its own so that its memory and its threads are its own, and so that it can be timed in
/// turn with another one while that one sleeps.
/// </summary>
internal static class EngineHost
{
    public const string Verb = "engine";

    public const string Ok = "ok";

    public const string Failed = "failed";

    /// <summary>Serves an engine until stdin ends.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is the answer to the command.")]
    public static void Serve(IEngine engine, TextReader commands, TextWriter answers)
    {
        while (commands.ReadLine() is { } command)
        {
            string answer;
            try
            {
                answer = $"{Ok} {Obey(engine, command.Split(' ', 3))}";
            }
            catch (Exception error)
            {
                answer = $"{Failed} {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}";
            }

            answers.WriteLine(answer);
            answers.Flush();
        }
    }

    private static string Obey(IEngine engine, string[] command) => command switch
    {
        ["load"] => Time(engine.Load),
        ["run", string item] => Time(() => engine.Run(int.Parse(item, CultureInfo.InvariantCulture))),
        ["output", string item, string path] => Save(
            engine.Output(int.Parse(item, CultureInfo.InvariantCulture)), path),
        ["describe"] => engine.Description,
        ["rss"] => PeakRssMegabytes().ToString("R", CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"unknown command {string.Join(' ', command)}"),
    };

    /// <summary>Milliseconds.</summary>
    private static string Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture);
    }

    private static string Save(ReadOnlySpan<float> values, string path)
    {
        File.WriteAllBytes(path, MemoryMarshal.AsBytes(values));
        return path;
    }

    /// <summary>The most physical memory this process had at any time, in 2^20 bytes.</summary>
    private static double PeakRssMegabytes()
    {
        const string Status = "/proc/self/status";
        const string Key = "VmHWM:";
        if (File.Exists(Status))
        {
            string line = File.ReadLines(Status).First(line => line.StartsWith(Key, StringComparison.Ordinal));
            string kilobytes = line[Key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal);
            return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
        }

        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / (double)(1 << 20);
    }
}
