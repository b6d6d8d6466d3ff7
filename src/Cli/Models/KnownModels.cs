using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The models that have a name: the published ones, and the demo model, which is part of the program.</summary>
internal static class KnownModels
{
    public const string Demo = "demo";
    public const string Default = "vit_b";

    /// <summary>The published models, by name.</summary>
    public static IReadOnlyDictionary<string, SamConfig> Published { get; } = KnownCheckpoint.All.ToDictionary(
        checkpoint => checkpoint.Name, checkpoint => checkpoint.Config, StringComparer.Ordinal);

    /// <summary>Whether a published model is in one of the caches.</summary>
    public static bool IsCached(string name) => Find(name) is not null;

    /// <summary>Opens the demo model.</summary>
    public static TensorSource OpenDemo() =>
        SafetensorsFile.Open(typeof(KnownModels).Assembly.GetManifestResourceStream("demo.safetensors")!, name: "<demo>");

    /// <summary>
    /// Opens a checkpoint by path or known name. What lies in a cache is taken as it is: hashing it is what download does,
    /// once, and not every start of the program.
    /// </summary>
    /// <param name="cancellation">Ends the waiting where the path is no regular file, see <see cref="InputFile.Open"/>.</param>
    /// <exception cref="CommandFailedException">
    /// There is no such file, or a published model is in no cache.
    /// </exception>
    public static TensorSource Open(string model, CancellationToken cancellation, bool ignoreChecksums = false)
    {
        if (model == Demo)
        {
            return OpenDemo();
        }

        if (!Published.ContainsKey(model))
        {
            return File.Exists(model) || Directory.Exists(model)
                ? CheckpointFile.Open(model, ignoreChecksums, cancellation)
                : throw new CommandFailedException(
                    $"{model} is neither a file nor a known model: {string.Join(", ", Published.Keys)}, {Demo}.");
        }

        return Find(model) is string path
            ? CheckpointFile.Open(path, ignoreChecksums, cancellation)
            : throw new CommandFailedException(
                $"{model} is not downloaded: run samnative download {model}, or give a path with -m.");
    }

    /// <summary>The files that a model is read from, by path or known name; null is for the one taken without either.</summary>
    public static IEnumerable<string> FilesOf(string? model) => model switch
    {
        Demo => [],
        null => Find(Default) is string cached ? [cached] : [],
        _ => CheckpointFile.FilesOf(Published.ContainsKey(model) ? Find(model) ?? model : model),
    };

    private static string? Find(string name) =>
        KnownCheckpoint.Find(name) is { } checkpoint ? ModelPlaces.Current.Find(checkpoint).FirstOrDefault() : null;
}
