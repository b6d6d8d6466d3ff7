namespace SamNative.Cli;

/// <summary>One picture of many.</summary>
/// <param name="Name">
/// Its path below the folder that all pictures of the run have in common, with / on every system: unique, it decides
/// the order and the shard, and is where its results go below the output folder.
/// </param>
/// <param name="Path">Where it lies, as the user would say it.</param>
internal sealed record Picture(string Name, string Path)
{
    /// <summary>
    /// The path of a result: the whole name and an ending. As the extension stays, a.png and a.jpg cannot meet, and no
    /// name depends on which other pictures there are.
    /// </summary>
    public string Target(string folder, string ending) => System.IO.Path.Combine(
        folder, Name.Replace('/', System.IO.Path.DirectorySeparatorChar) + ending);
}
