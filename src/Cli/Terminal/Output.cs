using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Files that a verb writes, and the name - that stands for stdout.</summary>
internal static class Output
{
    /// <summary>The name that stands for stdin where something is read, for stdout where it is written.</summary>
    public const string Standard = "-";

    /// <summary>Refuses names that cannot be written to, before anything is computed for them.</summary>
    /// <param name="folderIsMade">Their folder will be made where it is missing.</param>
    /// <exception cref="CommandFailedException">
    /// A file exists, its folder does not, or a name is there twice.
    /// </exception>
    public static void Check(IEnumerable<string> paths, bool force, bool folderIsMade = false)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string path in paths.Where(path => path != Standard))
        {
            string full = Path.GetFullPath(path);
            if (!seen.Add(full))
            {
                throw new CommandFailedException($"{path} would be written twice: give each output its own name.");
            }

            if (Directory.Exists(full))
            {
                throw new CommandFailedException($"{path} is a folder: give the name of a file.");
            }

            if (!force && File.Exists(full))
            {
                throw new CommandFailedException($"{path} exists: choose another name, or replace it with --force.");
            }

            if (!folderIsMade && !Directory.Exists(Path.GetDirectoryName(full)))
            {
                throw new CommandFailedException($"{path}: its folder does not exist. Make it first.");
            }
        }
    }

    /// <summary>Writes a file, whole or not at all, or to stdout.</summary>
    public static void Write(string path, bool force, Action<Stream> write)
    {
        if (path != Standard)
        {
            AtomicFile.Write(path, force, write);
            return;
        }

        using Stream stdout = Console.OpenStandardOutput();
        write(stdout);
    }
}
