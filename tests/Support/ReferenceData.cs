using System.Reflection;
using System.Text.Json;

namespace SamNative.Tests.Support;

/// <summary>
/// Finds the reference values. Those that depend on drawn pictures only lie in tests/data and samples and are always
/// there; what was computed from photographs stays in a folder <c>shared/reference</c> beside the checkout, and tests
/// that need it are skipped with a reason where it is missing.
/// </summary>
public static partial class ReferenceData
{
    /// <summary>The root of the checkout: the folder that holds SamNative.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static readonly string[] folders =
    [
        Path.Combine(Root, "tests", "data"),
        Path.Combine(Root, "samples", "pictures"),
        Path.Combine(Root, "samples", "demo"),
        Path.Combine(Root, "..", "shared", "reference"),
        Path.Combine(Root, "..", "shared", "reference", "images"),
        Path.Combine(Root, "..", "shared", "reference", "demo"),
    ];

    /// <summary>The path of a reference file, or null where it is missing.</summary>
    public static string? TryFind(string name) =>
        folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The configuration of a synthetic model whose reference values there are, JSON.</summary>
    public static string Config(string model)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Find($"{model}.checkpoint.json")));
        return document.RootElement.GetProperty("config").GetRawText();
    }

    /// <summary>The committed hash of a result, which every machine must reproduce.</summary>
    public static string GoldenHash(string name)
    {
        string path = Path.Combine(Root, "tests", "Model.Tests", "golden-hashes.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.TryGetProperty(name, out JsonElement hash) ? hash.GetString()! : $"no hash of {name} is committed";
    }

    /// <summary>The build writes it into this assembly, so that tests find their data wherever they were built to.</summary>
    private static string FindRoot() => Path.GetFullPath(
        typeof(ReferenceData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Root").Value!);
}
