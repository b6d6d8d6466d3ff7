using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// The models that have a name: those of the cache folder, which is SAMNATIVE_HOME or else SamNative below the user's
/// local application data, and the demo model, which is part of the program.
/// </summary>
internal static class KnownModels
{
    public const string Demo = "demo";
    public const string Default = "vit_b";
    public const string HomeVariable = "SAMNATIVE_HOME";

    /// <summary>The published models, by name.</summary>
    public static IReadOnlyDictionary<string, SamConfig> Published { get; } =
        new Dictionary<string, SamConfig>(StringComparer.Ordinal)
        {
            [Default] = SamConfig.VitB,
            ["vit_l"] = SamConfig.VitL,
            ["vit_h"] = SamConfig.VitH,
        };

    /// <summary>The cache folder; it need not exist.</summary>
    public static string Home => Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home
        ? home
        : Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "SamNative");

    /// <summary>Where a published model lies once it is in the cache.</summary>
    public static string CachePath(string name) => Path.Combine(Home, $"{name}.safetensors");

    /// <summary>Whether a published model is in the cache.</summary>
    public static bool IsCached(string name) => File.Exists(CachePath(name));

    /// <summary>Opens the demo model.</summary>
    public static TensorSource OpenDemo() =>
        SafetensorsFile.Open(typeof(KnownModels).Assembly.GetManifestResourceStream("demo.safetensors")!, name: "<demo>");

    /// <summary>Opens a checkpoint by path or known name.</summary>
    /// <exception cref="CommandFailedException">
    /// There is no such file, or a published model is not in the cache.
    /// </exception>
    public static TensorSource Open(string model)
    {
        if (model == Demo)
        {
            return OpenDemo();
        }

        if (!Published.ContainsKey(model))
        {
            return File.Exists(model) || Directory.Exists(model)
                ? CheckpointFile.Open(model)
                : throw new CommandFailedException(
                    $"{model} is neither a file nor a known model: {string.Join(", ", Published.Keys)}, {Demo}.");
        }

        return IsCached(model)
            ? CheckpointFile.Open(CachePath(model))
            : throw new CommandFailedException(
                $"{model} is not downloaded; give a path with -m, or save its safetensors file as {CachePath(model)}.");
    }
}
