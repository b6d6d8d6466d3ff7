using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SamNative.Weights;

/// <summary>
/// Files that appear whole or not at all: written under another name in the same folder, flushed to the disk, then
/// renamed. A reader that has the old file open goes on reading the old one. The new one has the old one's permissions
/// and, where this user may give it away, its owner and group. A link stays, and the file it leads to is replaced. What
/// exists and is no regular file (a device, a pipe, /dev/stdout) is written to as it is.
/// </summary>
/// <remarks>
/// A killed process leaves its temporary file behind; the next one that writes the same file removes it. A temporary file
/// of a process that lives is told by its lock, which the system takes away when the process ends, however it ends.
/// </remarks>
public static class AtomicFile
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const UnixFileMode ForOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OfOwnerAndGroup =
        UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute;

    /// <summary>Writes a file; whatever fails, the target is as it was and nothing else is left behind.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="overwrite">Whether an existing file may be replaced. Pipes, terminals and the like need no leave.</param>
    /// <param name="write">Writes the content, front to back; what it throws comes through.</param>
    /// <exception cref="IOException">
    /// The file exists and may not be replaced, the path is a folder or a socket, its folder is missing, the name is too
    /// long, or the disk fails.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write)
    {
        OutputTarget target = OutputTarget.Of(path);
        target.CheckFile(overwrite);
        if (target.IsWrittenThrough)
        {
            WriteThrough(target, write);
        }
        else
        {
            Replace(target, overwrite, write);
        }
    }

    private static void WriteThrough(OutputTarget target, Action<Stream> write)
    {
        try
        {
            using Stream stream = Open(target);
            write(stream);
            stream.Flush();
        }
        catch (Exception error) when (WritingTrouble.IsOf(error, target.Path))
        {
            throw WritingTrouble.Explain(error, target.Given);
        }
    }

    private static Stream Open(OutputTarget target)
    {
        if (target.IsStandardOutput)
        {
            return Console.OpenStandardOutput();
        }

        if (target.IsStandardError)
        {
            return Console.OpenStandardError();
        }

        // Shared with everybody, which leaves out locks: a device is not ours alone.
        FileStream stream = new(target.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        if (target.Status.Kind is FileKind.Regular)
        {
            stream.SetLength(0);
        }

        return stream;
    }

    private static void Replace(OutputTarget target, bool overwrite, Action<Stream> write)
    {
        Leftovers.RemoveOf(target.Path);
        bool isRenamed;
        try
        {
            isRenamed = TryReplace(target, overwrite, write);
        }
        catch (Exception error) when (WritingTrouble.IsOf(error, TemporaryName.OwnerOf(target.Path), target.Path))
        {
            throw WritingTrouble.Explain(error, target.Given);
        }

        if (!isRenamed)
        {
            throw target.Exists("or allow it to be overwritten");
        }
    }

    /// <returns>False where a file has appeared meanwhile and may not be replaced.</returns>
    private static bool TryReplace(OutputTarget target, bool overwrite, Action<Stream> write)
    {
        UnixFileMode? mode = target.Mode();

        // Open, and thereby locked, until it has its name: what has no lock is abandoned.
        using FileStream stream = HeldFile.Make(
            target.Path, TemporaryName.Ending, (mode & Permissions) | ForOwner, out _);
        try
        {
            write(stream);
            stream.Flush();
            if (!OperatingSystem.IsWindows() && mode is UnixFileMode kept)
            {
                Keep(target.Status, kept, stream.SafeFileHandle);
            }

            KillPoint.Reached();
            stream.Flush(flushToDisk: true);
            KillPoint.Reached();
            return TryRename(stream.Name, target.Path, overwrite);
        }
        finally
        {
            KillPoint.Reached();
            // Deleting what has been renamed away does nothing.
            File.Delete(stream.Name);
        }
    }

    /// <summary>
    /// Who could do something with the old file can do it with the new one, and nobody else: where it cannot be given to
    /// the old one's owner or group, what was granted to them in particular is left out.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static void Keep(FileStatus old, UnixFileMode mode, SafeFileHandle file)
    {
        FileStatus made = FileStatus.Of(file);
        if (old is { Owner: uint owner, Group: uint group } && (old.Owner, old.Group) != (made.Owner, made.Group)
            && !LinuxFiles.TryGive(file, owner, group))
        {
            bool isOfGroup = LinuxFiles.TryGive(file, uint.MaxValue, group);
            mode &= isOfGroup ? ~UnixFileMode.SetUser : ~OfOwnerAndGroup;
        }

        if (File.GetUnixFileMode(file) == mode)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(file, mode);
        }
        catch (Exception error) when (WritingTrouble.Is(error))
        {
            // A file system without permissions of its own. It was made with no more than these.
        }
    }

    private static bool TryRename(string temporary, string target, bool overwrite)
    {
        switch (overwrite ? LinuxFiles.NoSuchCall : LinuxFiles.RenameToNew(temporary, target))
        {
            case 0:
                return true;
            case LinuxFiles.Exists:
                return false;
        }

        try
        {
            File.Move(temporary, target, overwrite);
            return true;
        }
        catch (IOException) when (!overwrite && Path.Exists(target))
        {
            return false;
        }
    }
}
