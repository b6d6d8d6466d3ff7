namespace SamNative.Tests.Support;

/// <summary>A folder of a test's own that goes when the test ends.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("samnative-").FullName;

    /// <summary>The names of everything in the folder, sorted.</summary>
    public IEnumerable<string?> Names =>
        Directory.GetFileSystemEntries(Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
