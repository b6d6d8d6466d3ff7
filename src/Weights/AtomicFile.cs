namespace SamNative.Weights;

/// <summary>
/// Files that appear whole or not at all: written under another name in the same folder, flushed to the disk, then
/// renamed. A reader that has the old file open goes on reading the old one.
/// </summary>
/// <remarks>
/// A killed process leaves its temporary file behind; the next one that writes the same file removes it. A temporary file
/// of a process that lives is told by its lock, which the system takes away when the process ends, however it ends.
/// </remarks>
public static class AtomicFile
{
    private const string Ending = ".tmp";

    /// <summary>Writes a file; whatever fails, the target is as it was and nothing else is left behind.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="write">Writes the content; what it throws comes through.</param>
    /// <exception cref="IOException">
    /// The file exists and may not be replaced, the path is a folder, its folder is missing, or the disk fails.
    /// </exception>
    public static void Write(string path, bool overwrite, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        CheckTarget(path, target, overwrite);
        RemoveAbandoned(target);
        string temporary = TemporaryFor(target);
        try
        {
            // Open, and thereby locked, until it has its name: what has no lock is abandoned.
            using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
            write(stream);
            stream.Flush(flushToDisk: true);
            File.Move(temporary, target, overwrite);
        }
        finally
        {
            // Deleting what has been renamed away does nothing.
            File.Delete(temporary);
        }
    }

    /// <summary>A new name beside a file or folder, under which it is made: <see cref="TargetOf"/> undoes it.</summary>
    /// <param name="target">The full path.</param>
    internal static string TemporaryFor(string target) => Path.Combine(
        Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}{Ending}");

    /// <summary>
    /// The path that a temporary name was to become: what a process leaves behind that is killed while it writes.
    /// </summary>
    /// <returns>Null where the name is none of those that <see cref="TemporaryFor"/> gives.</returns>
    public static string? TargetOf(string temporary)
    {
        // The random part is eight characters, a point, and three more.
        const int random = 1 + 8 + 1 + 3;
        string name = Path.GetFileName(temporary);
        int length = name.Length - Ending.Length - random;
        bool isOurs = length > 1 && name[0] == '.' && name[length] == '.' && name[length + 9] == '.'
            && name.EndsWith(Ending, StringComparison.Ordinal);
        return isOurs ? Path.Combine(Path.GetDirectoryName(temporary)!, name[1..length]) : null;
    }

    /// <summary>Deletes the temporary files of a target that no process has open.</summary>
    private static void RemoveAbandoned(string target)
    {
        foreach (string path in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, $".*{Ending}"))
        {
            if (TargetOf(path) == target)
            {
                DeleteUnlessOpen(path);
            }
        }
    }

    private static void DeleteUnlessOpen(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Open in another process, gone meanwhile, or somebody else's: none of it is in our way.
        }
    }

    private static void CheckTarget(string path, string target, bool overwrite)
    {
        if (Directory.Exists(target))
        {
            throw new IOException($"{path} is a folder: give the name of a file.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(target)))
        {
            throw new DirectoryNotFoundException(
                $"{path} cannot be written: its folder does not exist. Make it first.");
        }

        if (!overwrite && File.Exists(target))
        {
            throw new IOException($"{path} exists: choose another name, or allow it to be overwritten.");
        }
    }
}
