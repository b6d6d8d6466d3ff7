namespace SamNative.Weights;

/// <summary>
/// Folders that appear whole or not at all: filled under another name beside their place, then renamed.
/// </summary>
public static class AtomicFolder
{
    /// <summary>Makes a folder; whatever fails, what was there is as it was and nothing else is left behind.</summary>
    /// <param name="path">The folder to make; the one it lies in must exist.</param>
    /// <param name="overwrite">Whether an existing folder may be replaced, with everything in it.</param>
    /// <param name="fill">Writes files into the folder whose path it is given; what it throws comes through.</param>
    /// <exception cref="IOException">
    /// The folder exists and may not be replaced, the path is a file, its parent is missing, or the disk fails.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<string> fill)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        CheckTarget(path, target, overwrite);
        string temporary = AtomicFile.TemporaryFor(target);
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Move(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>No system swaps two folders in one step everywhere: the old one steps aside first.</summary>
    private static void Move(string temporary, string target)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(temporary, target);
            return;
        }

        string old = AtomicFile.TemporaryFor(target);
        Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }

        Directory.Delete(old, recursive: true);
    }

    private static void CheckTarget(string path, string target, bool overwrite)
    {
        if (File.Exists(target))
        {
            throw new IOException($"{path} is a file: give the name of a folder.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(target)))
        {
            throw new DirectoryNotFoundException(
                $"{path} cannot be made: the folder it would lie in does not exist. Make that first.");
        }

        if (!overwrite && Directory.Exists(target))
        {
            throw new IOException($"{path} exists: choose another name, or allow it to be replaced.");
        }
    }
}
