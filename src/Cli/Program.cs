using System.CommandLine;
using System.CommandLine.Invocation;

namespace SamNative.Cli;

/// <summary>The program samnative. A verb is one file in Verbs and one line here.</summary>
internal static class Program
{
    /// <summary>How long a cancelled verb may take to clean up: a disk may be slow to flush.</summary>
    private static readonly TimeSpan cleanUpTime = TimeSpan.FromSeconds(20);

    /// <summary>Reads a command line; it has errors where it makes no sense.</summary>
    public static ParseResult Parse(string[] arguments)
    {
        RootCommand root = new("Segment Anything on a plain CPU: masks and embeddings of pictures.")
        {
            new SegmentVerb(),
            new EverythingVerb(),
            new EncodeVerb(),
            new TowerVerb(),
            new InspectVerb(),
            new DownloadVerb(),
            new VerifyVerb(),
            new ConvertVerb(),
            new SynthVerb(),
            new BenchVerb(),
            new ProfileVerb(),
            new ServeVerb(),
            new InfoVerb(),
        };

        // A file name may begin with @, and @ and a list is for a verb to read: nothing is read from response files.
        return root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    private static async Task<int> Main(string[] arguments)
    {
        ParseResult parsed = Parse(arguments);
        InvocationConfiguration configuration = new()
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = cleanUpTime,
        };
        return parsed.Errors.Count > 0
            ? await ExplainUsage(parsed, configuration).ConfigureAwait(false)
            : await parsed.InvokeAsync(configuration).ConfigureAwait(false);
    }

    private static async Task<int> ExplainUsage(ParseResult parsed, InvocationConfiguration configuration)
    {
        if (parsed.Action is ParseErrorAction explanation)
        {
            explanation.ShowHelp = false;
        }

        configuration.Output = Console.Error;
        await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        Command command = parsed.CommandResult.Command;
        string verb = command is RootCommand ? string.Empty : $" {command.Name}";
        await Console.Error.WriteLineAsync($"See samnative{verb} --help.").ConfigureAwait(false);
        return ExitCodes.WrongUsage;
    }
}
