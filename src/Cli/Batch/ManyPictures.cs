using System.CommandLine;
using System.CommandLine.Parsing;

namespace SamNative.Cli;

/// <summary>The arguments and options that say which pictures a verb works on.</summary>
internal sealed class ManyPictures
{
    private readonly Argument<string[]> inputs;

    private readonly Option<bool> recursive = new("--recursive", "-r")
    {
        Description = "Search folders with all folders in them.",
    };

    private readonly Option<string?> list = new("--list")
    {
        HelpName = "FILE",
        Description = "A file that names pictures, one path a line; - reads stdin. @FILE as INPUT is the same.",
    };

    private readonly Option<Shard?> shard = new("--shard")
    {
        HelpName = "i/n",
        Description = "Do one of n equal parts, counted from 0: 0/8 is the first of eight. All parts are the whole.",
        CustomParser = result =>
        {
            if (Shard.TryParse(result.Tokens[0].Value, out Shard shard) is string wrong)
            {
                result.AddError(wrong);
            }

            return shard;
        },
    };

    private readonly Option<string> output;

    /// <param name="description">What INPUT may be, besides what every verb takes.</param>
    /// <param name="output">The verb's option for what is written.</param>
    public ManyPictures(string description, Option<string> output)
    {
        this.output = output;
        inputs = new Argument<string[]>("INPUT")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = description + " Folders, patterns (*, ?, ** for any folders), @LIST and several of these make "
                + "OUT a folder, with one result per picture under the picture's whole name.",
        };
    }

    public void AddTo(Command command)
    {
        command.Add(inputs);
        command.Add(recursive);
        command.Add(list);
        command.Add(shard);
        command.Validators.Add(Check);
    }

    /// <summary>The one picture that is asked for, - for stdin; null where it may be many.</summary>
    public string? One(ParseResult parsed) =>
        parsed.GetValue(inputs) is [string input] && !AreMany(parsed, input) ? input : null;

    /// <summary>The pictures of this run's shard, sorted by name, and how many there are in all shards.</summary>
    /// <exception cref="CommandFailedException">There are none, or the output is no folder.</exception>
    public (IReadOnlyList<Picture> Pictures, int Total) Find(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(output);
        if (folder == Output.Standard)
        {
            throw new CommandFailedException("Several pictures do not go to stdout: name a folder for them with -o.");
        }

        if (File.Exists(folder))
        {
            throw new CommandFailedException($"{folder} is a file: name a folder for the results with -o.");
        }

        PictureSearch search = new(parsed.GetValue(recursive), folder);
        foreach (string input in parsed.GetValue(inputs) ?? [])
        {
            search.Add(input);
        }

        if (parsed.GetValue(list) is string file)
        {
            search.AddList(file);
        }

        IReadOnlyList<Picture> all = search.Sorted();
        return ((parsed.GetValue(shard) ?? Shard.Whole).Of(all), all.Count);
    }

    private bool AreMany(ParseResult parsed, string input)
    {
        string to = parsed.GetRequiredValue(output);
        return parsed.GetValue(list) is not null || parsed.GetValue(recursive) || parsed.GetValue(shard) is not null
            || Directory.Exists(input) || PictureSearch.IsList(input) || (Glob.IsPattern(input) && !File.Exists(input))
            || Directory.Exists(to) || Path.EndsInDirectorySeparator(to);
    }

    private void Check(CommandResult result)
    {
        string[] given = result.GetValue(inputs) ?? [];
        bool isListed = result.GetResult(list) is not null;
        if (given.Length == 0 && !isListed)
        {
            result.AddError("Which pictures? Give INPUT or --list.");
        }
        else if (given.Contains(Output.Standard) && (given.Length > 1 || isListed || result.GetResult(shard) is not null))
        {
            result.AddError("- reads one picture from stdin: give it alone.");
        }
    }
}
