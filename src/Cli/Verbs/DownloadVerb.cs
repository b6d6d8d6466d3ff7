using System.CommandLine;
using System.Text.Json.Serialization;

namespace SamNative.Cli;

/// <summary>Known checkpoints: which there are, where they lie, and how they get here.</summary>
internal sealed class DownloadVerb : Verb
{
    private readonly Argument<string?> name = new("NAME")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"{string.Join(", ", KnownModels.Published.Keys)}; without it they are listed.",
    };

    private readonly Option<bool> list = new("--list")
    {
        Description = "List the models that can be downloaded, and where they lie.",
    };

    private readonly Option<bool> offline = new("--offline")
    {
        Description = "Use no network: only check that the file is here and is the listed one.",
    };

    private readonly Option<bool> force = new("--force")
    {
        Description = "Download it even if it is here, and replace the file.",
    };

    private readonly Option<bool> json = SharedOptions.Json();

    public DownloadVerb()
        : base("download", "Download a published model; its SHA-256 is checked, and a broken download goes on.")
    {
        Add(name);
        foreach (Option option in new Option[] { list, offline, force, json })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            string? given = result.GetValue(name);
            bool isForced = result.GetValue(force);
            if (given is not null && KnownCheckpoint.Find(given) is null)
            {
                string names = string.Join(", ", KnownModels.Published.Keys);
                result.AddError($"{given} is no model that can be downloaded: {names}. (demo is built in.)");
            }
            else if (given is not null && result.GetValue(list))
            {
                result.AddError("--list lists all models: leave out the name.");
            }
            else if (isForced && (given is null || result.GetValue(offline)))
            {
                result.AddError("--force downloads a model: name it, and leave out --offline.");
            }
        });
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        ModelPlaces places = ModelPlaces.Current;
        if (parsed.GetValue(name) is not string given)
        {
            PrintList([.. KnownCheckpoint.All.Select(known => ListedModel.Of(known, places))], parsed.GetValue(json));
            return;
        }

        KnownCheckpoint checkpoint = KnownCheckpoint.Find(given)!;
        using StatusLine line = StatusLine.OnError();
        DownloadStatus status = new(checkpoint.Name, line, Log.Line);
        DownloadResult result = Get(
            checkpoint, places, status, parsed.GetValue(offline), parsed.GetValue(force), cancellation)
            .GetAwaiter().GetResult();
        line.Clear();
        Print(result, parsed.GetValue(json));
    }

    private static async Task<DownloadResult> Get(
        KnownCheckpoint checkpoint, ModelPlaces places, DownloadStatus status, bool offline, bool force,
        CancellationToken cancellation)
    {
        if (!checkpoint.IsConfirmed)
        {
            status.Say(
                $"the SHA-256 of {checkpoint.Name} comes from third parties and was never confirmed; the file is held to "
                + "it all the same.");
        }

        using HttpClient client = Downloader.Client(Downloader.Handler());
        Downloader downloader = new(client, new Patience(), status);
        string? found = force ? null : await FindHere(checkpoint, places, downloader, status, cancellation)
            .ConfigureAwait(false);
        if (found is not null)
        {
            return DownloadResult.Of(checkpoint, found, downloaded: false);
        }

        string target = Path.GetFullPath(places.Target(checkpoint));
        if (offline)
        {
            throw NotHere(checkpoint, places, target);
        }

        Uri address = CheckpointAddress.Of(
            checkpoint, Environment.GetEnvironmentVariable(CheckpointAddress.MirrorVariable));
        bool downloaded;
        try
        {
            downloaded = await downloader.Fetch(checkpoint, address, target, force, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (File.Exists(PartialFile.PathOf(target)))
        {
            status.Say("what has arrived is kept; the same command goes on from there.");
            throw;
        }

        status.Say($"next: samnative segment PICTURE -m {checkpoint.Name} --point x,y -o mask.png");
        return DownloadResult.Of(checkpoint, target, downloaded);
    }

    /// <summary>The published file, if it lies here and is the listed one.</summary>
    /// <exception cref="CommandFailedException">Our own cache holds another file under its name.</exception>
    private static async Task<string?> FindHere(
        KnownCheckpoint checkpoint, ModelPlaces places, Downloader downloader, DownloadStatus status,
        CancellationToken cancellation)
    {
        foreach (string path in places.FindPublished(checkpoint))
        {
            try
            {
                await downloader.RequireListed(checkpoint, path, cancellation).ConfigureAwait(false);
                return path;
            }
            catch (CommandFailedException error) when (path != places.Target(checkpoint))
            {
                // A stranger's cache is not ours to repair.
                status.Say(error.Message);
            }
        }

        return null;
    }

    private static CommandFailedException NotHere(KnownCheckpoint checkpoint, ModelPlaces places, string target)
    {
        string usable = places.Find(checkpoint).Except(places.FindPublished(checkpoint)).FirstOrDefault() is string path
            ? $" ({path} can be used with -m {checkpoint.Name}, but there is no listed SHA-256 to check it against.)"
            : string.Empty;
        return new CommandFailedException(
            $"{checkpoint.Name} is not here as it was published, and --offline forbids to fetch it: save the file as "
            + $"{target}, or leave out --offline.{usable}");
    }

    private static void Print(DownloadResult result, bool asJson)
    {
        if (asJson)
        {
            Json.Print(result, DownloadJson.Default.DownloadResult);
        }
        else
        {
            Console.Out.WriteLine(
                $"{result.Name}: {result.Path}, {result.Bytes:N0} bytes, SHA-256 {result.Sha256} as listed");
        }
    }

    private static void PrintList(IReadOnlyList<ListedModel> models, bool asJson)
    {
        if (asJson)
        {
            Json.Print(models, DownloadJson.Default.IReadOnlyListListedModel);
            return;
        }

        Table known = new("model", ">bytes", "SHA-256", "confirmed");
        Table places = new("model", "where it lies");
        foreach (ListedModel model in models)
        {
            string bytes = model.Bytes is long count ? $"{count:N0}" : "not known";
            known.Add(model.Name, bytes, model.Sha256, model.Confirmed ? "yes" : "no");
            foreach (string path in model.Paths.DefaultIfEmpty("not here"))
            {
                places.Add(model.Name, path);
            }
        }

        known.WriteTo(Console.Out);
        Console.Out.WriteLine();
        places.WriteTo(Console.Out);
    }
}

/// <summary>What download NAME --json prints: the file is whole and has the listed SHA-256.</summary>
/// <param name="Downloaded">Whether it was fetched now.</param>
internal sealed record DownloadResult(
    string Name, string Path, long Bytes, string Sha256, bool Confirmed, bool Downloaded)
{
    public static DownloadResult Of(KnownCheckpoint checkpoint, string path, bool downloaded) => new(
        checkpoint.Name, path, CachedModel.Of(checkpoint.Name, path).Bytes, checkpoint.Sha256, checkpoint.IsConfirmed,
        downloaded);
}

/// <summary>One model of download --list --json.</summary>
/// <param name="Bytes">The listed length, null where it is not known.</param>
/// <param name="Confirmed">Whether the hash was seen on the file itself.</param>
/// <param name="Paths">Where it lies, the one that is used first; none of them is hashed for the list.</param>
internal sealed record ListedModel(
    string Name, string File, long? Bytes, string Sha256, bool Confirmed, IReadOnlyList<string> Paths)
{
    public static ListedModel Of(KnownCheckpoint checkpoint, ModelPlaces places) => new(
        checkpoint.Name, checkpoint.FileName, checkpoint.Bytes, checkpoint.Sha256, checkpoint.IsConfirmed,
        [.. places.Find(checkpoint)]);
}

/// <summary>Its JSON, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DownloadResult))]
[JsonSerializable(typeof(IReadOnlyList<ListedModel>))]
internal sealed partial class DownloadJson : JsonSerializerContext;
