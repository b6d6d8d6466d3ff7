using Microsoft.Win32.SafeHandles;

namespace SamNative.Weights;

/// <summary>What lies at a path.</summary>
internal enum FileKind
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>Nothing, and nothing can: the name is too long.</summary>
    TooLong,

    /// <summary>A file with bytes on a disk.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A terminal, /dev/null: what is written to it replaces nothing.</summary>
    Character,

    /// <summary>A disk.</summary>
    Block,

    /// <summary>A pipe, with a name or without.</summary>
    Pipe,

    /// <summary>A socket, which cannot be opened.</summary>
    Socket,
}

/// <summary>What lies at a path, links followed.</summary>
/// <param name="Kind">Outside Linux devices are told by their folder, and pipes and sockets not at all.</param>
/// <param name="Identity">The same for every name of a file; null outside Linux, and where there is none.</param>
/// <param name="Owner">Whose it is, by number; null outside Linux.</param>
/// <param name="Group">The group it belongs to; null outside Linux.</param>
internal readonly record struct FileStatus(FileKind Kind, string? Identity, uint? Owner, uint? Group)
{
    private const int KindMask = 0xF000;

    /// <summary>Whether it belongs to this user; so does what nobody can tell of.</summary>
    public bool IsMine => Owner is null || Owner == LinuxFiles.User();

    /// <summary>What lies at a path.</summary>
    public static FileStatus Of(string path) => Of(path, LinuxFiles.Status(path, out Statx status), status);

    /// <summary>What lies at a path itself: a link has an identity of its own.</summary>
    public static FileStatus OfItself(string path) =>
        Of(path, LinuxFiles.Status(path, out Statx status, followLinks: false), status);

    private static FileStatus Of(string path, int error, in Statx status) => error switch
    {
        0 => Of(status),
        LinuxFiles.NoSuchCall or LinuxFiles.NotPermitted => ByName(path),
        LinuxFiles.NameTooLong => new FileStatus(FileKind.TooLong, null, null, null),
        _ => default,
    };

    /// <summary>What an open file is; outside Linux only that it is one.</summary>
    public static FileStatus Of(SafeFileHandle file) => LinuxFiles.Status(file, out Statx status) == 0
        ? Of(status)
        : new FileStatus(FileKind.Regular, null, null, null);

    /// <summary>Whether an open file is still the one that lies at a path, and neither deleted nor replaced.</summary>
    public static bool IsAt(string path, SafeFileHandle file)
    {
        FileStatus there = Of(path);
        return there.Kind is FileKind.Regular && there.Identity == Of(file).Identity;
    }

    private static FileStatus Of(in Statx status) => new(
        (status.Mode & KindMask) switch
        {
            0x1000 => FileKind.Pipe,
            0x2000 => FileKind.Character,
            0x4000 => FileKind.Folder,
            0x6000 => FileKind.Block,
            0xC000 => FileKind.Socket,
            _ => FileKind.Regular,
        },
        $"{status.DeviceMajor}:{status.DeviceMinor}:{status.Inode}", status.Owner, status.Group);

    private static FileStatus ByName(string path)
    {
        FileKind kind = Directory.Exists(path) ? FileKind.Folder
            : !File.Exists(path) ? FileKind.Missing
            : path.StartsWith("/dev/", StringComparison.Ordinal) ? FileKind.Character
            : FileKind.Regular;
        return new FileStatus(kind, null, null, null);
    }
}
