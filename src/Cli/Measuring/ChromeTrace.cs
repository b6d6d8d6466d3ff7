using System.Diagnostics;
using System.Text.Json;

namespace SamNative.Cli;

/// <summary>A profile in the Trace Event Format, which Chrome and Perfetto draw: one line per thread, one bar per piece.</summary>
internal static class ChromeTrace
{
    public static void Write(Stream destination, EncoderPlan plan, EncoderProfile profile)
    {
        using Utf8JsonWriter json = new(destination);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        Steps(json, plan, profile);
        for (int worker = 0; worker < profile.Pieces.Count; worker++)
        {
            Name(json, worker + 1, $"worker {worker}");
            foreach (PieceTime piece in profile.Pieces[worker])
            {
                string name = $"{piece.Step.Name} [{piece.Piece}]";
                Event(json, worker + 1, name, piece.Step, profile.Began, piece.Begin, piece.End);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Steps(Utf8JsonWriter json, EncoderPlan plan, EncoderProfile profile)
    {
        Name(json, 0, "steps");
        long begin = profile.Began;
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            Event(json, 0, plan.Steps[i].Name, plan.Steps[i], profile.Began, begin, profile.End(i));
            begin = profile.End(i);
        }
    }

    private static void Name(Utf8JsonWriter json, int thread, string name)
    {
        json.WriteStartObject();
        json.WriteString("name", "thread_name");
        json.WriteString("ph", "M");
        json.WriteNumber("pid", 0);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Event(
        Utf8JsonWriter json, int thread, string name, EncoderStep step, long origin, long begin, long end)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("cat", step.Kind);
        json.WriteString("ph", "X");
        json.WriteNumber("pid", 0);
        json.WriteNumber("tid", thread);
        json.WriteNumber("ts", Microseconds(origin, begin));
        json.WriteNumber("dur", Microseconds(begin, end));
        json.WriteEndObject();
    }

    private static double Microseconds(long begin, long end) =>
        Math.Round(Stopwatch.GetElapsedTime(begin, end).TotalMicroseconds, 1);
}
