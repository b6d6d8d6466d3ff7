using System.CommandLine;
using System.CommandLine.Parsing;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SamNative.Bench;

/// <summary>
/// Two programs in one: "compare" is the paired runner, everything else goes to BenchmarkDotNet. (The paired runner also
/// starts this program again, once for each engine.)
/// </summary>
internal static class Program
{
    private const int Ok = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [CompareCommand.Verb, ..]:
                return Compare(arguments);
            case [EngineHost.Verb, ..]:
                return Serve(arguments.AsSpan(1));
            default:
                return Benchmark(arguments);
        }
    }

    private static int Serve(ReadOnlySpan<string> arguments)
    {
        if (EngineArguments.Parse(arguments) is not { } parsed)
        {
            Console.Error.WriteLine($"{EngineHost.Verb} is how this program starts itself; see {CompareCommand.Verb} --help.");
            return WrongUsage;
        }

        using IEngine engine = parsed.Create();
        EngineHost.Serve(engine, Console.In, Console.Out);
        return Ok;
    }

    private static int Benchmark(string[] arguments)
    {
        if (arguments is ["--help" or "-h" or "-?"])
        {
            Console.WriteLine($"{CompareCommand.Verb} is the paired runner, see {CompareCommand.Verb} --help. The rest is for BenchmarkDotNet:");
        }

        IEnumerable<Summary> summaries =
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, BenchConfig.Create());
        bool failed = summaries.Any(
            summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
        return failed ? Failed : Ok;
    }

    private static int Compare(string[] arguments)
    {
        RootCommand root = new("Measures SamNative.") { new CompareCommand() };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count == 0)
        {
            return parsed.Invoke();
        }

        foreach (ParseError error in parsed.Errors)
        {
            Console.Error.WriteLine(error.Message);
        }

        Console.Error.WriteLine($"See {CompareCommand.Verb} --help.");
        return WrongUsage;
    }
}
