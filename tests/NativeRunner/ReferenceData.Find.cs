namespace SamNative.Tests.Support;

public static partial class ReferenceData
{
    /// <summary>The path of a reference file; nothing is skipped here.</summary>
    public static string Find(string name) =>
        TryFind(name) ?? throw new FileNotFoundException("No such reference file.", name);
}
