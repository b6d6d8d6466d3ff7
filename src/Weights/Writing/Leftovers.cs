namespace SamNative.Weights;

/// <summary>
/// What killed processes leave beside their targets. Nothing of a living process is touched. A folder that was about to
/// replace another is whole, and gets its name.
/// </summary>
internal static class Leftovers
{
    private static readonly EnumerationOptions flat = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = true,
    };

    private static readonly EnumerationOptions deep = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
        RecurseSubdirectories = true,
    };

    /// <summary>Removes those of one target.</summary>
    /// <param name="target">The full path.</param>
    public static void RemoveOf(string target)
    {
        string folder = Path.GetDirectoryName(target)!;
        Remove(Directory.EnumerateFileSystemEntries(folder, $".*{TemporaryName.Ending}*", flat), [target]);
    }

    /// <summary>Removes those of many targets below a folder.</summary>
    /// <param name="targets">Their full paths.</param>
    public static void RemoveBelow(string folder, IEnumerable<string> targets) =>
        Remove(Directory.EnumerateFileSystemEntries(folder, $".*{TemporaryName.Ending}*", deep), targets);

    private static void Remove(IEnumerable<string> entries, IEnumerable<string> targets)
    {
        // Read to the end before the first is removed; seldom is there one.
        string[] all = [.. entries];
        if (all.Length == 0)
        {
            return;
        }

        Dictionary<string, string> byOwner = new(StringComparer.Ordinal);
        foreach (string target in targets)
        {
            byOwner[TemporaryName.OwnerOf(target)] = target;
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string path in all)
        {
            string? owner = TemporaryName.OwnerOfTemporary(path, out string stem);
            if (owner is not null && byOwner.TryGetValue(owner, out string? target) && seen.Add(stem))
            {
                Remove(stem, target);
            }
        }
    }

    private static void Remove(string stem, string target)
    {
        string made = stem + TemporaryName.Ending;
        string held = stem + TemporaryName.LockEnding;
        bool isFile = File.Exists(made);
        using FileStream? taken = HeldFile.TryTakeAbandoned(isFile ? made : held);
        if (taken is null && (isFile || File.Exists(held)))
        {
            return;
        }

        try
        {
            if (!isFile)
            {
                Settle(made, stem + TemporaryName.OldEnding, target);
            }

            if (taken is not null)
            {
                KillPoint.Reached();
                File.Delete(taken.Name);
            }
        }
        catch (Exception error) when (WritingTrouble.Is(error))
        {
            // Another process does the same just now, or it belongs to somebody else.
        }
    }

    /// <summary>
    /// Where the old folder has stepped aside and the new one has not taken its place, it does now. Otherwise what is
    /// left is half a folder, or one that was replaced.
    /// </summary>
    private static void Settle(string made, string old, string target)
    {
        if (Directory.Exists(old) && Directory.Exists(made) && !Path.Exists(target))
        {
            KillPoint.Reached();
            Directory.Move(made, target);
        }

        // The old one first: one without a new one is never taken for what is missing.
        foreach (string folder in new[] { old, made }.Where(Directory.Exists))
        {
            KillPoint.Reached();
            Directory.Delete(folder, recursive: true);
        }
    }
}
