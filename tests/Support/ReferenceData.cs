using System.Reflection;

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

    /// <summary>The build writes it into this assembly, so that tests find their data wherever they were built to.</summary>
    private static string FindRoot() => Path.GetFullPath(
        typeof(ReferenceData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Root").Value!);
}
