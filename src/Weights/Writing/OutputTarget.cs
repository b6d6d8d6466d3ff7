using System.Globalization;

namespace SamNative.Weights;

/// <summary>
/// Where an output goes that was given by name. A regular file is replaced whole, and so is what a link leads to; the
/// link stays. What exists and is no regular file, a device or a pipe, is written to as it is.
/// </summary>
/// <param name="Given">The path as it was given: errors use no other.</param>
/// <param name="Path">The full path with all links followed, whether anything is there or not.</param>
/// <param name="Status">What is there.</param>
internal sealed record OutputTarget(string Given, string Path, FileStatus Status)
{
    /// <summary>As many links as Linux follows before it takes them for a circle.</summary>
    private const int MostLinks = 40;

    /// <summary>Whether it is this process's stdout.</summary>
    public bool IsStandardOutput => DescriptorOf(Path) == 1;

    /// <summary>Whether it is this process's stderr.</summary>
    public bool IsStandardError => DescriptorOf(Path) == 2;

    /// <summary>Whether it is written to as it is, and not replaced.</summary>
    public bool IsWrittenThrough => DescriptorOf(Path) is not null
        || Status.Kind is FileKind.Character or FileKind.Block or FileKind.Pipe;

    /// <summary>Who may do what with the old file or folder; null where there is none, or none any more, and on Windows.</summary>
    public UnixFileMode? Mode()
    {
        try
        {
            return OperatingSystem.IsWindows() || Status.Kind is FileKind.Missing
                ? null
                : File.GetUnixFileMode(Path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process is just replacing it.
            return null;
        }
    }

    /// <summary>The same text for every name of one output, whether it exists or not.</summary>
    public string Identity => DescriptorOf(Path) is int descriptor ? $"descriptor {descriptor}"
        : Status.Identity ?? (OperatingSystem.IsLinux() ? Path : Path.ToUpperInvariant());

    /// <summary>The <see cref="Identity"/> of what a path leads to.</summary>
    public static string IdentityOf(string path) =>
        FileStatus.Of(System.IO.Path.GetFullPath(path)).Identity ?? Of(path).Identity;

    /// <summary>Finds out where a path leads.</summary>
    /// <exception cref="IOException">It leads in a circle.</exception>
    public static OutputTarget Of(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        string real = Follow(path, full);
        FileStatus status = FileStatus.Of(real);
        if (System.IO.Path.EndsInDirectorySeparator(path) && status.Kind is not FileKind.Folder)
        {
            real += System.IO.Path.DirectorySeparatorChar;
        }

        return new OutputTarget(path, real, status);
    }

    /// <summary>Refuses what no file can be written to.</summary>
    /// <param name="overwrite">Whether content that is there may be lost.</param>
    /// <param name="cure">What the user can do where something is there and must stay.</param>
    /// <param name="folderIsMade">Its folder will be made where it is missing.</param>
    /// <exception cref="IOException">It is refused.</exception>
    public void CheckFile(
        bool overwrite, string cure = "or allow it to be overwritten", bool folderIsMade = false)
    {
        CheckName();
        if (Status.Kind is FileKind.Folder || System.IO.Path.EndsInDirectorySeparator(Path))
        {
            throw new OutputNameException($"{Given} is a folder: give the name of a file.");
        }

        if (Status.Kind is FileKind.Socket)
        {
            throw new OutputNameException($"{Given} is a socket: give a file, a pipe or a device.");
        }

        if (DescriptorOf(Path) is not null && Status.Kind is FileKind.Missing)
        {
            throw new OutputNameException($"{Given}: nothing is open under that number.");
        }

        if (!folderIsMade)
        {
            CheckParent("cannot be written: its folder does not exist. Make it first.");
        }

        bool hasContent = Status.Kind is FileKind.Regular or FileKind.Block && !IsStandardOutput && !IsStandardError;
        if (hasContent && !overwrite)
        {
            throw Exists(cure);
        }
    }

    /// <summary>Refuses what no folder can be put at.</summary>
    /// <param name="overwrite">Whether a folder that is there may be replaced.</param>
    /// <exception cref="IOException">It is refused.</exception>
    public void CheckFolder(bool overwrite)
    {
        CheckName();
        if (Status.Kind is not (FileKind.Missing or FileKind.Folder))
        {
            throw new OutputNameException($"{Given} is a file: give the name of a folder.");
        }

        CheckParent("cannot be made: the folder it would lie in does not exist. Make that first.");
        if (Status.Kind is FileKind.Folder && !overwrite)
        {
            throw Exists("or allow it to be replaced");
        }
    }

    /// <summary>Refuses a name that is too long, where the system can tell before anything is written.</summary>
    /// <exception cref="OutputNameException">It is.</exception>
    public void CheckName()
    {
        if (Status.Kind is FileKind.TooLong)
        {
            throw new OutputNameException($"{Given} cannot be written: {WritingTrouble.TooLong}.");
        }
    }

    /// <summary>What is there must stay.</summary>
    /// <param name="cure">What the user can do, besides choosing another name.</param>
    public IOException Exists(string cure) => new($"{Given} exists: choose another name, {cure}.");

    private void CheckParent(string sentence)
    {
        if (System.IO.Path.GetDirectoryName(Path) is string parent && FileStatus.Of(parent).Kind is not FileKind.Folder)
        {
            throw new DirectoryNotFoundException($"{Given} {sentence}");
        }
    }

    /// <summary>
    /// The path without links. The runtime follows those of the last name only, and takes .. in them for the folder by
    /// name. A link in /proc to an open file has no path to lead to, and stays.
    /// </summary>
    private static string Follow(string given, string full)
    {
        string done = System.IO.Path.GetPathRoot(full)!;
        Stack<string> rest = new();
        Push(rest, full[done.Length..]);
        for (int links = 0; rest.TryPop(out string? name);)
        {
            string next = name switch
            {
                "." => done,
                ".." => System.IO.Path.GetDirectoryName(done) ?? done,
                _ => System.IO.Path.Combine(done, name),
            };
            string? link = IsOpenFile(next) ? null : new FileInfo(next).LinkTarget;
            if (link is null)
            {
                done = next;
                continue;
            }

            if (++links > MostLinks)
            {
                throw new OutputNameException($"{given} is a link that leads in a circle: give another name.");
            }

            if (System.IO.Path.IsPathRooted(link))
            {
                done = System.IO.Path.GetPathRoot(link)!;
                link = link[done.Length..];
            }

            Push(rest, link);
        }

        return done;
    }

    private static void Push(Stack<string> rest, string path)
    {
        string[] names = path.Split(
            [System.IO.Path.DirectorySeparatorChar, System.IO.Path.AltDirectorySeparatorChar],
            StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names.Reverse())
        {
            rest.Push(name);
        }
    }

    /// <summary>Whether a path is /proc/N/fd/N, whose link is a text about an open file.</summary>
    private static bool IsOpenFile(string path) => path.StartsWith("/proc/", StringComparison.Ordinal)
        && path.Split('/') is [_, _, _, "fd", { Length: > 0 }] or [_, _, _, "task", _, "fd", { Length: > 0 }];

    /// <summary>The number of an open file of this process, where a path without links means one.</summary>
    private static int? DescriptorOf(string path)
    {
        string? number = path.Split('/') switch
        {
            ["", "dev", "fd", string last] => last,
            ["", "proc", string process, "fd", string last] when process == $"{Environment.ProcessId}" => last,
            _ => null,
        };
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor) ? descriptor : null;
    }
}
