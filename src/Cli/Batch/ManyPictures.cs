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

    /// <param name="description">What INPUT may be, besides what every verb takes.</param>
    public ManyPictures(string description)
    {
        inputs = new Argument<string[]>("INPUT")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = description + " With folders, patterns (*, ?, ** for any folders), @LIST or several of these "
                + "OUT is a folder, where each picture's result has the picture's whole name; results that are there "
                + "are passed over.",
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
    public string? One(ParseResult parsed)
    {
        bool isSelection =
            parsed.GetValue(list) is not null || parsed.GetValue(recursive) || parsed.GetValue(shard) is not null;
        return !isSelection && parsed.GetValue(inputs) is [string input] && !MeansMany(input) ? input : null;
    }

    /// <summary>Finds the pictures, and says which ones are passed over.</summary>
    /// <param name="cancellation">Ends the waiting for a list that is no regular file.</param>
    /// <param name="folders">Where results go, the first being that of -o; they are not searched.</param>
    /// <exception cref="CommandFailedException">There are none, or a place for results is no folder.</exception>
    public FoundPictures Find(
        ParseResult parsed, CancellationToken cancellation, params string[] folders)
    {
        foreach (string folder in folders)
        {
            if (Output.IsStandard(folder))
            {
                throw new CommandFailedException(
                    "Several pictures do not go to stdout: name a folder for them with -o.");
            }

            if (File.Exists(folder))
            {
                throw new CommandFailedException(
                    $"{folder} is a file: name a folder for the results of several pictures.");
            }
        }

        PictureSearch search = new(parsed.GetValue(recursive), cancellation, folders);
        foreach (string input in parsed.GetValue(inputs) ?? [])
        {
            search.Add(input);
        }

        if (parsed.GetValue(list) is string file)
        {
            search.AddList(file);
        }

        if (search.PassedOver is { Count: > 0 } others)
        {
            Log.Line($"passed over {others.Count} that are no regular files, such as {Printable.Plain(others[0])}.");
        }

        IReadOnlyList<Picture> all = search.Sorted();
        if (PictureNames.Describe(search.OtherFormats) is { } passedOver)
        {
            Log.Line(passedOver);
        }

        return new FoundPictures((parsed.GetValue(shard) ?? Shard.Whole).Of(all), all.Count, [.. search.OtherFormats]);
    }

    private static bool MeansMany(string input) => Directory.Exists(input) || PictureSearch.IsList(input)
        || (Glob.IsPattern(input) && !File.Exists(input));

    private void Check(CommandResult result)
    {
        string[] given = result.GetValue(inputs) ?? [];
        bool isListed = result.GetResult(list) is not null;
        bool isAlone = given.Length == 1 && !isListed && result.GetResult(shard) is null;
        if (given.Length == 0 && !isListed)
        {
            result.AddError("Which pictures? Give INPUT or --list.");
        }
        else if (given.Contains(Output.Standard) && !isAlone)
        {
            result.AddError("- reads one picture from stdin: give it alone.");
        }
    }
}

/// <summary>The pictures that a run is about.</summary>
/// <param name="Mine">Those of this run's shard, sorted by name.</param>
/// <param name="Total">How many there are in all shards.</param>
/// <param name="PassedOver">Pictures in the folders that are of formats which are not read.</param>
internal sealed record FoundPictures(IReadOnlyList<Picture> Mine, int Total, IReadOnlyList<string> PassedOver);
