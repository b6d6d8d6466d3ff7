namespace SamNative.Weights;

/// <summary>
/// Files that belong to a living process, which their lock says. The system takes it away when the process ends, however
/// it ends. Between the making of a file and its lock another process may take it for abandoned: who has locked a file
/// looks whether it is still there.
/// </summary>
internal static class HeldFile
{
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    /// <summary>Makes a file beside a target under a new name, open and locked.</summary>
    /// <param name="target">The full path of what it is for.</param>
    /// <param name="ending">What its name ends with.</param>
    /// <param name="mode">Who may do what with it, where files have that; null for what is usual.</param>
    /// <param name="stem">Its path without the ending.</param>
    public static FileStream Make(string target, string ending, UnixFileMode? mode, out string stem)
    {
        while (true)
        {
            stem = TemporaryName.NewStem(target);
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            try
            {
                KillPoint.Reached();
                FileStream file = new(stem + ending, options);
                KillPoint.Reached();
                if (!IsHeldByOther(file, shared: true) && FileStatus.IsAt(file.Name, file.SafeFileHandle))
                {
                    return file;
                }

                file.Dispose();
            }
            catch (IOException error) when (IsHeld(error))
            {
                // Somebody looks whether it is abandoned: another name.
            }
        }
    }

    /// <summary>Opens a file that no process holds, and holds it.</summary>
    /// <returns>Null where one does, where that cannot be told, and where there is none.</returns>
    public static FileStream? TryTakeAbandoned(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
            if (OperatingSystem.IsWindows() || LinuxFiles.Lock(file.SafeFileHandle, shared: false) == 0)
            {
                return file;
            }
        }
        catch (Exception error) when (WritingTrouble.Is(error))
        {
            // Held on Windows, gone meanwhile, or somebody else's: none of it is in our way.
        }

        file?.Dispose();
        return null;
    }

    /// <summary>Opens a file that is the same for all, or makes it, and holds it alone.</summary>
    /// <param name="open">Opens or makes the file, not shared with anybody; null for the usual way.</param>
    /// <returns>Null where another process holds it.</returns>
    public static FileStream? TryTake(string path, Func<string, FileStream>? open = null)
    {
        open ??= static path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        while (true)
        {
            FileStream file;
            try
            {
                file = open(path);
                KillPoint.Reached();
            }
            catch (IOException error) when (IsHeld(error))
            {
                return null;
            }

            // Whoever deletes the file would let the next process make and hold another one of that name.
            if (IsHeldByOther(file, shared: false))
            {
                file.Dispose();
                return null;
            }

            if (FileStatus.IsAt(path, file.SafeFileHandle))
            {
                return file;
            }

            file.Dispose();
        }
    }

    /// <summary>
    /// Locks a file, and tells whether another process had done so. The runtime's own lock, which comes with opening, can
    /// be switched off by the environment.
    /// </summary>
    private static bool IsHeldByOther(FileStream file, bool shared) =>
        !OperatingSystem.IsWindows() && LinuxFiles.Lock(file.SafeFileHandle, shared) == LinuxFiles.WouldBlock;

    private static bool IsHeld(IOException error) =>
        error.HResult == (OperatingSystem.IsWindows() ? WindowsSharingViolation : LinuxFiles.WouldBlock);
}
