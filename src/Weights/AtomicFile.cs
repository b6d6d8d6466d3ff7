namespace SamNative.Weights;

/// <summary>
/// Files that appear whole or not at all: written under another name in the same folder, flushed to the disk, then
/// renamed. A reader that has the old file open goes on reading the old one.
/// </summary>
public static class AtomicFile
{
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
        string temporary = Path.Combine(
            Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite);
        }
        finally
        {
            // Deleting what has been renamed away does nothing.
            File.Delete(temporary);
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
