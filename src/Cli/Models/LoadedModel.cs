using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The model that a verb works with, under the name the user knows it by.</summary>
/// <param name="Name">What was given with -m, or the known name that stood in for it.</param>
/// <param name="Model">The model.</param>
internal sealed record LoadedModel(string Name, SamModel Model) : IDisposable
{
    /// <summary>
    /// Loads what -m says; without it vit_b where it is cached, otherwise the demo model, with a word.
    /// </summary>
    /// <param name="given">A path, a known name or null.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="cancellation">Ends the loading, and the waiting for a file that is no regular one.</param>
    public static LoadedModel Load(string? given, SamOptions options, CancellationToken cancellation)
    {
        string name = given ?? (KnownModels.IsCached(KnownModels.Default) ? KnownModels.Default : KnownModels.Demo);
        if (given is null && name == KnownModels.Demo)
        {
            Log.Line(
                "using the built-in demo model, which knows only drawn shapes; for photographs get SAM's weights: "
                + $"samnative download {KnownModels.Default}.");
        }

        return Load(name, KnownModels.Open(name, cancellation), options, cancellation);
    }

    /// <summary>Loads a model from an open source, which it owns from then on.</summary>
    public static LoadedModel Load(
        string name, TensorSource source, SamOptions options, CancellationToken cancellation)
    {
        SamModel model = SamModel.Load(source, options, cancellation);
        foreach (string note in model.Notes)
        {
            Log.Line($"{name}: {note}");
        }

        return new LoadedModel(name, model);
    }

    /// <summary>Refuses a model that has nothing to find masks with.</summary>
    /// <exception cref="CommandFailedException">The file holds the image encoder alone.</exception>
    public void RequireDecoder()
    {
        if (Model.MissingDecoder is { } reason)
        {
            throw new CommandFailedException(reason);
        }
    }

    public void Dispose() => Model.Dispose();
}
