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
        string folder = Path.GetDirectoryName(target)!;
        string beginning = $".{Path.GetFileName(target)}.";
        RemoveAbandoned(folder, beginning);
        string temporary = Path.Combine(folder, $"{beginning}{Path.GetRandomFileName()}{Ending}");
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

    /// <summary>Deletes the temporary files of a target that no process has open.</summary>
    private static void RemoveAbandoned(string folder, string beginning)
    {
        int length = beginning.Length + Path.GetRandomFileName().Length + Ending.Length;
        foreach (string path in Directory.EnumerateFiles(folder, $".*{Ending}"))
        {
            string name = Path.GetFileName(path);
            if (name.Length == length && name.StartsWith(beginning, StringComparison.Ordinal))
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
