using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using SamNative.Kernels;

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
        ["run", string item, string times] => Time(() => engine.Run(Number(item)), Number(times)),
        ["output", string item, string path] => Save(
            engine.Output(Number(item)), path),
        ["describe"] => engine.Description,
        ["rss"] => Text(PeakMemory.Megabytes()),
        _ => throw new NotSupportedException($"unknown command {string.Join(' ', command)}"),
    };

    /// <summary>Does something some times; the mean, in milliseconds.</summary>
    private static string Time(Action action, int times = 1)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            action();
        }

        return Text(Stopwatch.GetElapsedTime(start).TotalMilliseconds / times);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Save(ReadOnlySpan<float> values, string path)
    {
        File.WriteAllBytes(path, MemoryMarshal.AsBytes(values));
        return path;
    }
}
