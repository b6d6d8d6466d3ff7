using System.Diagnostics;
using System.Globalization;

namespace SamNative.Bench;

/// <summary>The outside of an engine's process, see <see cref="EngineHost"/>: starts it, gives it commands, ends it.</summary>
internal sealed class EngineProcess : IDisposable
{
    private static readonly TimeSpan timeToEnd = TimeSpan.FromSeconds(10);

    private readonly Process process;

    private EngineProcess(string name, Process started) => (Name, process) = (name, started);

    /// <summary>What messages and reports call it.</summary>
    public string Name { get; }

    /// <summary>Starts this program once more, with an engine inside.</summary>
    /// <param name="environment">Variables that differ from this process's own.</param>
    public static EngineProcess Start(
        string name, EngineArguments arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string program = Environment.ProcessPath ?? throw new BenchFailedException("this program has no path.");
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(typeof(EngineProcess).Assembly.Location);
        }

        start.ArgumentList.Add(EngineHost.Verb);
        foreach (string argument in arguments.ToArguments())
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string variable, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[variable] = value;
        }

        return new EngineProcess(name, Process.Start(start)!);
    }

    /// <summary>Loads the engine; in milliseconds.</summary>
    public double Load() => Number("load");

    /// <summary>Runs one item some times; the mean, in milliseconds.</summary>
    public double Run(int item = 0, int times = 1) => Number($"run {item} {times}");

    /// <summary>What the last run of an item computed.</summary>
    public float[] Output(int item = 0)
    {
        string path = Path.GetTempFileName();
        try
        {
            Ask($"output {item} {path}");
            return FloatFile.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public string Describe() => Ask("describe");

    /// <summary>The most physical memory it had so far, in 2^20 bytes.</summary>
    public double PeakRssMegabytes() => Number("rss");

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(timeToEnd))
        {
            process.Kill();
        }

        process.Dispose();
    }

    private double Number(string command) => double.Parse(Ask(command), CultureInfo.InvariantCulture);

    private string Ask(string command)
    {
        string? answer;
        try
        {
            process.StandardInput.WriteLine(command);
            process.StandardInput.Flush();
            answer = process.StandardOutput.ReadLine();
        }
        catch (IOException)
        {
            answer = null;
        }

        if (answer is null)
        {
            throw new BenchFailedException($"the process of {Name} ended at \"{command}\"; its last words are above.");
        }

        string[] parts = answer.Split(' ', 2);
        return parts is [EngineHost.Ok, string result]
            ? result
            : throw new BenchFailedException($"{Name} could not do \"{command}\": {parts[^1]}");
    }
}
