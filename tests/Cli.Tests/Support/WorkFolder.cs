namespace SamNative.Cli.Tests;

/// <summary>A folder to run the program in, and one beside it for its cache; both go away with the test.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("samnative-cli-").FullName;

    public WorkFolder()
    {
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(Cache);
    }

    public string Path => System.IO.Path.Combine(root, "work");

    public string Cache => System.IO.Path.Combine(root, "cache");

    /// <summary>The names of everything in the folder, hidden files too, sorted.</summary>
    public string[] Names =>
    [
        .. Directory.GetFileSystemEntries(Path)
            .Select(entry => System.IO.Path.GetFileName(entry)!).Order(StringComparer.Ordinal),
    ];

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text) => System.IO.File.WriteAllText(File(name), text);

    public void Dispose() => Directory.Delete(root, recursive: true);
}
