using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Files that a verb writes, and the name - that stands for stdout.</summary>
internal static class Output
{
    /// <summary>The name that stands for stdin where something is read, for stdout where it is written.</summary>
    public const string Standard = "-";

    /// <summary>Whether an output goes to stdout; - is not the only name of it.</summary>
    public static bool IsStandard(string? path) =>
        path is Standard or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";

    /// <summary>Refuses names that cannot be written to, before anything is computed for them.</summary>
    /// <param name="inputs">What the command reads; - and null are left out.</param>
    /// <param name="folderIsMade">Tells those whose folder will be made where it is missing.</param>
    /// <exception cref="CommandFailedException">A name is there twice, or an input.</exception>
    /// <exception cref="IOException">A file exists, or its folder does not.</exception>
    public static void Check(
        IEnumerable<string> paths, IEnumerable<string?> inputs, bool force, Func<string, bool>? folderIsMade = null)
    {
        OutputTarget[] targets = [.. paths.Where(path => !IsStandard(path)).Select(OutputTarget.Of)];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (OutputTarget target in targets)
        {
            if (!seen.Add(target.Identity) && target.Status.Kind is not FileKind.Character)
            {
                throw new CommandFailedException($"{target.Given} would be written twice: give each output its own name.");
            }
        }

        CheckApart(targets.Select(target => target.Given), inputs);
        foreach (OutputTarget target in targets)
        {
            target.CheckFile(force, "or replace it with --force", folderIsMade?.Invoke(target.Given) ?? false);
        }
    }

    /// <summary>Refuses outputs that would replace what is read, under whatever name, or the folder it lies in.</summary>
    /// <param name="inputs">What the command reads; - and null are left out.</param>
    /// <exception cref="CommandFailedException">There is one.</exception>
    public static void CheckApart(IEnumerable<string> outputs, IEnumerable<string?> inputs)
    {
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (string input in inputs.OfType<string>().Where(File.Exists))
        {
            read[OutputTarget.IdentityOf(input)] = input;
            read[OutputTarget.IdentityOf(Path.GetDirectoryName(OutputTarget.Of(input).Path)!)] = input;
        }

        foreach (string output in outputs.Where(path => !IsStandard(path)))
        {
            FileStatus status = FileStatus.Of(Path.GetFullPath(output));
            bool isReplaced = status.Kind is FileKind.Regular or FileKind.Folder or FileKind.Block;
            if (isReplaced && read.TryGetValue(status.Identity ?? OutputTarget.IdentityOf(output), out string? input))
            {
                throw new CommandFailedException(
                    $"{Printable.Plain(output)} would replace {Printable.Plain(input)}, which is read: give another name.");
            }
        }
    }

    /// <summary>Refuses names that are too long, where that can be told before anything is written.</summary>
    /// <exception cref="IOException">One is.</exception>
    public static void CheckNames(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            OutputTarget.Of(path).CheckName();
        }
    }

    /// <summary>Makes the folder that an output lies in, where it is missing.</summary>
    /// <exception cref="OutputNameException">Something else is in its place.</exception>
    public static void MakeFolderOf(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException error) when (!WritingTrouble.IsOf(error) && !Directory.Exists(folder))
        {
            throw new OutputNameException($"{path} cannot be written: its folder cannot be made. {error.Message}", error);
        }
    }

    /// <summary>Writes a file, whole or not at all, or to stdout.</summary>
    public static void Write(string path, bool force, Action<Stream> write)
    {
        if (!IsStandard(path))
        {
            AtomicFile.Write(path, force, write);
            return;
        }

        try
        {
            using Stream stdout = Console.OpenStandardOutput();
            write(stdout);
        }
        catch (IOException error) when (WritingTrouble.IsOf(error))
        {
            throw WritingTrouble.Explain(error, "stdout");
        }
    }
}
