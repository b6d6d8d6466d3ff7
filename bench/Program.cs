using System.CommandLine;
using BenchmarkDotNet.Running;

namespace SamNative.Bench;

/// <summary>
/// Two programs in one: "compare" is the paired runner, everything else goes to BenchmarkDotNet. (The paired runner also
/// starts this program again, once for each engine.)
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [CompareCommand.Verb, ..]:
                return Compare(arguments);
            case [EngineHost.Verb, ..]:
                using (IEngine engine = EngineArguments.Parse(arguments.AsSpan(1)).Create())
                {
                    EngineHost.Serve(engine, Console.In, Console.Out);
                }

                return 0;
            default:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, BenchConfig.Create());
                return 0;
        }
    }

    private static int Compare(string[] arguments)
    {
        const int WrongUsage = 2;
        RootCommand root = new("Measures SamNative.") { new CompareCommand() };
        ParseResult parsed = root.Parse(arguments);
        int exitCode = parsed.Invoke(new InvocationConfiguration { Output = parsed.Errors.Count > 0 ? Console.Error : Console.Out });
        return parsed.Errors.Count > 0 ? WrongUsage : exitCode;
    }
}
