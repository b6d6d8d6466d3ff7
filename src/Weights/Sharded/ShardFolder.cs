namespace SamNative.Weights;

/// <summary>The folder of an index, in which the shards have to be.</summary>
/// <remarks>
/// A link in it may lead to another file in it. It may also lead to the <c>blobs</c> of Hugging Face's cache, where the files
/// of all revisions are kept and <c>snapshots/REVISION</c> has links to them; and nowhere else.
/// </remarks>
/// <param name="path">The folder as the user gave it.</param>
internal sealed class ShardFolder(string path)
{
    private const int MaxLinks = 40;

    private readonly string[] roots = Roots(RealPath(path));

    /// <summary>The path of a shard for messages.</summary>
    public string NameOf(string shard) => Path.Combine(path, shard);

    /// <summary>Where a shard really is; null where there is no such file.</summary>
    /// <param name="shard">A plain name.</param>
    /// <exception cref="CheckpointException">It is outside the folder.</exception>
    /// <exception cref="IOException">Its links lead in a circle.</exception>
    public string? Find(string shard)
    {
        string real = RealPath(NameOf(shard));
        if (!roots.Any(root => real.StartsWith(root, StringComparison.Ordinal)))
        {
            throw new CheckpointException(
                CheckpointError.ShardOutside,
                $"{NameOf(shard)} is a link that leads out of the folder of the index: put the file itself there.");
        }

        return File.Exists(real) ? real : null;
    }

    private static string[] Roots(string folder)
    {
        DirectoryInfo? snapshots = Directory.GetParent(folder);
        return snapshots is { Name: "snapshots", Parent: { } repository }
            ? [Below(folder), Below(Path.Combine(repository.FullName, "blobs"))]
            : [Below(folder)];
    }

    private static string Below(string folder) => Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;

    /// <summary>The full path without links in any part of it; what does not exist is no link.</summary>
    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        for (int links = 0; links < MaxLinks; links++)
        {
            if (WithoutFirstLink(full) is not { } next)
            {
                return full;
            }

            full = next;
        }

        throw new IOException($"{path}: more than {MaxLinks} links lead to each other. Put the file itself there.");
    }

    private static string? WithoutFirstLink(string full)
    {
        string current = Path.GetPathRoot(full)!;
        string[] parts = full[current.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string folder = current;
            current = Path.Combine(current, parts[i]);
            if (new FileInfo(current).LinkTarget is { } target)
            {
                return Path.GetFullPath(Path.Combine([folder, target, .. parts[(i + 1)..]]));
            }
        }

        return null;
    }
}
