using System.Runtime.InteropServices;
using System.Text;
using BenchmarkDotNet.Running;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>The machine and the versions that figures belong to.</summary>
/// <param name="Slug">The processor as the name of a folder.</param>
internal sealed record Machine(
    string Slug, string Processor, string InstructionSet, int Processors, int MemoryGb, string System, string Runtime,
    IReadOnlyDictionary<string, string> Versions)
{
    public static Machine Describe()
    {
        Dictionary<string, string> cpu = ReadProcessor();
        string name = cpu.GetValueOrDefault("model name", RuntimeInformation.ProcessArchitecture.ToString());
        string numbers = cpu.TryGetValue("cpu family", out string? family)
            ? $"family {family} model {cpu.GetValueOrDefault("model", "0")}"
            : string.Empty;
        return new Machine(
            ToSlug($"{name} {numbers}"), $"{name} ({numbers})", Isa.Found.ToString().ToLowerInvariant(),
            Environment.ProcessorCount, (int)Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Pow(2, 30)),
            RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, Packages());
    }

    private static SortedDictionary<string, string> Packages() => new(StringComparer.Ordinal)
    {
        ["SamNative"] = Bench.Versions.Ours,
        ["Microsoft.ML.OnnxRuntime"] = OrtEnv.Instance().GetVersionString(),
        ["BenchmarkDotNet"] = Bench.Versions.Of(typeof(BenchmarkSwitcher)),
        ["ScottPlot"] = Bench.Versions.Of(typeof(ScottPlot.Plot)),
        ["Google.Protobuf"] = Bench.Versions.Of(typeof(IMessage)),
    };

    /// <summary>What Linux says of the first processor; nothing elsewhere.</summary>
    private static Dictionary<string, string> ReadProcessor()
    {
        const string Path = "/proc/cpuinfo";
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        if (File.Exists(Path))
        {
            foreach (string line in File.ReadLines(Path).TakeWhile(line => line.Length > 0))
            {
                string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
                values[parts[0]] = parts[^1];
            }
        }

        return values;
    }

    private static string ToSlug(string text)
    {
        StringBuilder slug = new();
        foreach (char c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().Trim('-');
    }
}
