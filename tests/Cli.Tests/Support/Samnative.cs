using SamNative.Tests.Support;

namespace SamNative.Cli.Tests;

/// <summary>
/// Runs the built program as a process of its own, with an empty cache folder, and without what this machine has in other
/// caches or says about its network.
/// </summary>
internal static class Samnative
{
    private static readonly string[] ambient =
    [
        "TORCH_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", CheckpointAddress.MirrorVariable,
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    ];

    /// <summary>Runs it to its end in a folder.</summary>
    public static Ran Run(WorkFolder folder, params string[] arguments) => Run(folder, [], [], arguments);

    /// <summary>Runs it with something on stdin and more environment.</summary>
    public static Ran Run(
        WorkFolder folder, ReadOnlySpan<byte> input, (string Name, string Value)[] environment,
        params string[] arguments)
    {
        using RunningProgram run = Start(folder, input, environment, arguments);
        return run.End();
    }

    /// <summary>Starts it, to be interrupted.</summary>
    public static RunningProgram Start(
        WorkFolder folder, ReadOnlySpan<byte> input, (string Name, string Value)[] environment,
        params string[] arguments)
    {
        IEnumerable<(string, string?)> all =
        [
            .. ambient.Select(name => (name, (string?)null)),
            (ModelPlaces.HomeVariable, folder.Cache),
            ("XDG_CACHE_HOME", Path.Combine(folder.Cache, "others")),
            .. environment.Select(pair => (pair.Name, (string?)pair.Value)),
        ];
        return RunningProgram.Start(RunningProgram.Samnative, arguments, folder.Path, all, input);
    }
}
