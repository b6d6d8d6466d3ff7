namespace SamNative.Bench;

/// <summary>Where things lie in the repository: what is measured with, and what may be made again at any time.</summary>
internal static class Workspace
{
    /// <summary>The folder of the solution, above the program or above the current folder.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory) ?? Find(Directory.GetCurrentDirectory())
        ?? throw new BenchFailedException("this program runs inside a clone of the repository: SamNative.sln was not found.");

    /// <summary>Large files that are made when they are missing; never in git.</summary>
    public static string Cache => Directory.CreateDirectory(Path.Combine(Root, "artifacts", "bench")).FullName;

    public static string Results => Path.Combine(Root, "bench", "results");

    public static string Picture => Path.Combine(Root, "samples", "pictures", "playground.png");

    public static string ReferenceValues => Path.Combine(Root, "tests", "data", "vit_b.playground.encoder.safetensors");

    private static string? Find(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SamNative.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
