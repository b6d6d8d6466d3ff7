using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// The folders in which files of known models are looked for: our own cache, then those of torch hub and Hugging Face,
/// which are read and never written. Where a user has no such folder, it is null.
/// </summary>
/// <param name="Home">Our own cache.</param>
/// <param name="TorchHub">Where torch.hub keeps its checkpoints.</param>
/// <param name="HuggingFaceHub">Where huggingface_hub keeps its repositories.</param>
internal sealed record ModelPlaces(string Home, string? TorchHub, string? HuggingFaceHub)
{
    public const string HomeVariable = "SAMNATIVE_HOME";

    private const string WeightsName = "model.safetensors";
    private const int MaxBranchBytes = 1024;

    /// <summary>The folders by the environment of this process; none need exist.</summary>
    public static ModelPlaces Current => Of(
        Environment.GetEnvironmentVariable, Folder(Environment.SpecialFolder.UserProfile),
        Folder(Environment.SpecialFolder.LocalApplicationData));

    /// <summary>The folders by an environment; the rules are those of the programs that own them.</summary>
    /// <param name="profile">The user's own folder.</param>
    /// <param name="data">The user's folder for the data of programs.</param>
    public static ModelPlaces Of(Func<string, string?> environment, string profile, string data)
    {
        string? caches = Variable("XDG_CACHE_HOME") ?? Below(profile, ".cache");
        string? torch = Variable("TORCH_HOME") ?? Below(caches, "torch");
        string? huggingFace = Variable("HF_HOME") ?? Below(caches, "huggingface");
        return new ModelPlaces(
            Variable(HomeVariable) ?? Path.Combine(data, "SamNative"),
            Below(torch, "hub", "checkpoints"),
            Variable("HF_HUB_CACHE") ?? Variable("HUGGINGFACE_HUB_CACHE") ?? Below(huggingFace, "hub"));

        string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Where a checkpoint is downloaded to.</summary>
    public string Target(KnownCheckpoint checkpoint) => Path.Combine(Home, checkpoint.FileName);

    /// <summary>The files as they were published, by their name: the ones whose hash can be checked.</summary>
    public IEnumerable<string> FindPublished(KnownCheckpoint checkpoint)
    {
        string[] candidates = TorchHub is null
            ? [Target(checkpoint)]
            : [Target(checkpoint), Path.Combine(TorchHub, checkpoint.FileName)];
        return candidates.Where(IsHere);
    }

    /// <summary>The files that hold a known model, the one to use first.</summary>
    public IEnumerable<string> Find(KnownCheckpoint checkpoint)
    {
        string converted = Path.Combine(Home, $"{checkpoint.Name}.safetensors");
        if (IsHere(converted))
        {
            yield return converted;
        }

        foreach (string file in FindPublished(checkpoint))
        {
            yield return file;
        }

        foreach (string file in FindSnapshots(checkpoint))
        {
            yield return file;
        }
    }

    /// <summary>Hugging Face keeps a folder per revision; the one that the branch main names goes first.</summary>
    private IEnumerable<string> FindSnapshots(KnownCheckpoint checkpoint)
    {
        if (HuggingFaceHub is null)
        {
            return [];
        }

        string repository = Path.Combine(HuggingFaceHub, checkpoint.HuggingFaceRepository);
        string snapshots = Path.Combine(repository, "snapshots");
        string branch = Path.Combine(repository, "refs", "main");
        string main = IsHere(branch) ? InputFile.ReadText(InputFile.Open(branch), branch, MaxBranchBytes).Trim() : string.Empty;
        return Directory.Exists(snapshots)
            ? Directory.GetDirectories(snapshots, "*", new EnumerationOptions { IgnoreInaccessible = true })
                .OrderBy(folder => Path.GetFileName(folder) != main)
                .ThenBy(folder => folder, StringComparer.Ordinal)
                .Select(folder => Path.Combine(folder, WeightsName))
                .Where(IsHere)
            : [];
    }

    /// <summary>
    /// Whether there is a file, also behind a link. A link to what is gone, as a cache that was cleaned up has them, is as
    /// good as nothing; File.Exists would find the link itself.
    /// </summary>
    public static bool IsHere(string path)
    {
        try
        {
            return (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).Exists;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Folder(Environment.SpecialFolder folder) =>
        Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);

    /// <summary>Nothing lies below a folder that is not known: never in the current one by mistake.</summary>
    private static string? Below(string? folder, params ReadOnlySpan<string> parts) =>
        string.IsNullOrEmpty(folder) ? null : Path.Combine([folder, .. parts]);
}
