namespace SamNative.Weights;

/// <summary>
/// Folders that appear whole or not at all: filled under another name beside their place, then renamed. A link stays,
/// and the folder it leads to is replaced.
/// </summary>
/// <remarks>
/// Linux swaps two folders in one step. Elsewhere, and on file systems that cannot, the old one steps aside first, so that
/// for a moment neither has the name; who is killed just then leaves both beside it, and the next run that writes this
/// folder, or a run over many pictures into the folder it lies in, gives the new one its name.
/// </remarks>
public static class AtomicFolder
{
    /// <summary>Others that replace the folder at the same time are met once or twice, not so often.</summary>
    private const int MostAttempts = 1000;

    /// <summary>Whether folders are never swapped in one step. A test of the other way sets it, on its own thread.</summary>
    [field: ThreadStatic]
    internal static bool NeverSwaps { get; set; }

    /// <summary>Makes a folder; whatever fails, what was there is as it was and nothing else is left behind.</summary>
    /// <param name="path">The folder to make; the one it lies in must exist.</param>
    /// <param name="overwrite">Whether an existing folder may be replaced, with everything in it.</param>
    /// <param name="fill">Writes files into the folder whose path it is given; what it throws comes through.</param>
    /// <exception cref="IOException">
    /// The folder exists and may not be replaced, the path is a file, its parent is missing, or the disk fails.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static void Write(string path, bool overwrite, Action<string> fill)
    {
        OutputTarget target = Find(path);
        target.CheckFolder(overwrite: true);
        Leftovers.RemoveOf(target.Path);

        // Among them may have been the folder itself.
        target = Find(path);
        target.CheckFolder(overwrite);
        bool isPlaced;
        try
        {
            isPlaced = TryMake(target, overwrite, fill);
        }
        catch (Exception error) when (WritingTrouble.IsOf(error, TemporaryName.OwnerOf(target.Path), target.Path))
        {
            throw WritingTrouble.Explain(error, target.Given);
        }

        if (!isPlaced)
        {
            throw target.Exists("or allow it to be replaced");
        }
    }

    private static OutputTarget Find(string path) =>
        OutputTarget.Of(Path.TrimEndingDirectorySeparator(path)) with { Given = path };

    /// <returns>False where a folder has appeared meanwhile and may not be replaced.</returns>
    private static bool TryMake(OutputTarget target, bool overwrite, Action<string> fill)
    {
        using FileStream held = HeldFile.Make(target.Path, TemporaryName.LockEnding, mode: null, out string stem);
        string temporary = stem + TemporaryName.Ending;
        try
        {
            KillPoint.Reached();
            Create(temporary, target);
            KillPoint.Reached();
            fill(temporary);
            return TryPlace(temporary, stem + TemporaryName.OldEnding, target.Path, overwrite);
        }
        finally
        {
            // Half a folder, or the one that was swapped for it.
            DeleteIfThere(temporary);
            KillPoint.Reached();
            File.Delete(held.Name);
        }
    }

    /// <summary>The new folder is open to nobody to whom the old one was closed.</summary>
    private static void Create(string temporary, OutputTarget target)
    {
        if (OperatingSystem.IsWindows() || target.Mode() is not { } mode)
        {
            Directory.CreateDirectory(temporary);
            return;
        }

        Directory.CreateDirectory(temporary, mode);
        if (target.Status is { Owner: uint owner, Group: uint group } && !LinuxFiles.TryGive(temporary, owner, group))
        {
            LinuxFiles.TryGive(temporary, uint.MaxValue, group);
        }
    }

    private static bool TryPlace(string temporary, string old, string target, bool overwrite)
    {
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            KillPoint.Reached();
            bool isThere = Directory.Exists(target);
            if (!isThere && TryMove(temporary, target))
            {
                return true;
            }

            if (!overwrite || File.Exists(target))
            {
                return false;
            }

            if (isThere && (TrySwap(temporary, target) || TryReplaceInTwoSteps(temporary, old, target)))
            {
                return true;
            }
        }

        throw new IOException("other processes replace the folder all the time");
    }

    private static bool TrySwap(string temporary, string target) =>
        !NeverSwaps && LinuxFiles.Swap(temporary, target) == 0;

    /// <returns>False where another process has put a folder there.</returns>
    private static bool TryMove(string temporary, string target)
    {
        switch (LinuxFiles.RenameToNew(temporary, target))
        {
            case 0:
                return true;
            case LinuxFiles.Exists or LinuxFiles.NotEmpty:
                return false;
        }

        try
        {
            Directory.Move(temporary, target);
            return true;
        }
        catch (IOException) when (Directory.Exists(temporary) && Directory.Exists(target))
        {
            return false;
        }
    }

    /// <returns>False where another process replaces it at the same time.</returns>
    private static bool TryReplaceInTwoSteps(string temporary, string old, string target)
    {
        try
        {
            Directory.Move(target, old);
        }
        catch (IOException error) when (error is DirectoryNotFoundException || !Directory.Exists(target))
        {
            return false;
        }

        KillPoint.Reached();
        try
        {
            if (TryMove(temporary, target))
            {
                KillPoint.Reached();
                DeleteIfThere(old);
                return true;
            }
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        // What is there now is newer than what has stepped aside.
        DeleteIfThere(old);
        return false;
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
        {
            KillPoint.Reached();
            Directory.Delete(folder, recursive: true);
        }
    }
}
