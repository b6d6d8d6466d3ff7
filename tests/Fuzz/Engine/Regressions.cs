using SamNative.Tests.Support;

namespace SamNative.Fuzz;

/// <summary>Files that once broke a reader: <c>tests/Fuzz/regressions/TARGET/what-it-was</c>.</summary>
internal static class Regressions
{
    /// <summary>The folder with a folder for each target that was ever broken.</summary>
    public static string Folder { get; } = Path.Combine(ReferenceData.Root, "tests", "Fuzz", "regressions");

    /// <summary>The paths of a target's files.</summary>
    public static IEnumerable<string> Of(string target)
    {
        string folder = Path.Combine(Folder, target);
        return Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal) : [];
    }
}
