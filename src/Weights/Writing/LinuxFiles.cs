using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SamNative.Weights;

/// <summary>
/// What the runtime has no call for. Everything here is a wish: where the system, its C library or the file system does
/// not know a call, the caller is told so and has another way.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    /// <summary>Error numbers of Linux; those of open and rename are the same on every architecture.</summary>
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Exists = 17;
    public const int NotAFolder = 20;
    public const int NameTooLong = 36;
    public const int NoSuchCall = 38;
    public const int NotEmpty = 39;

    /// <summary>EWOULDBLOCK, which BSD and macOS number in their own way.</summary>
    public static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatus = 0x7FF;

    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;

    private const uint NoReplace = 1;
    private const uint SwapBoth = 2;

    /// <summary>What statx says of a file.</summary>
    /// <param name="followLinks">Whether of what a link leads to, or of the link itself.</param>
    /// <returns>0 or the error; <see cref="NoSuchCall"/> where there is no statx.</returns>
    public static int Status(string path, out Statx status, bool followLinks = true)
    {
        fixed (Statx* found = &status)
        {
            Statx* to = found;
            return Call(() => Statx(CurrentFolder, path, followLinks ? 0 : NoFollow, BasicStatus, to));
        }
    }

    /// <summary>What statx says of an open file.</summary>
    /// <inheritdoc cref="Status(string, out Statx, bool)" path="/returns"/>
    public static int Status(SafeFileHandle file, out Statx status)
    {
        fixed (Statx* found = &status)
        {
            Statx* to = found;
            return Call(() => Statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStatus, to));
        }
    }

    /// <summary>The number of the user that this process acts for.</summary>
    public static uint User() => GetEffectiveUser();

    /// <summary>Renames what is at a path, unless there is something at the other.</summary>
    /// <returns>0 or the error.</returns>
    public static int RenameToNew(string from, string to) => Rename(from, to, NoReplace);

    /// <summary>Gives each of two files or folders the other's name, in one step.</summary>
    /// <returns>0 or the error.</returns>
    public static int Swap(string one, string other) => Rename(one, other, SwapBoth);

    /// <summary>Gives a file to an owner and a group; all ones leave one of them as it is.</summary>
    /// <returns>Whether that is so now.</returns>
    public static bool TryGive(SafeFileHandle file, uint owner, uint group) =>
        Call(() => Fchown(file, owner, group)) == 0;

    /// <summary>Gives a folder to an owner and a group. A link in its place is not followed.</summary>
    public static bool TryGive(string folder, uint owner, uint group) =>
        Call(() => Lchown(folder, owner, group)) == 0;

    /// <summary>Locks an open file for its process: the lock goes when the file is closed, however that comes.</summary>
    /// <returns>0; <see cref="WouldBlock"/> where another has it; any other where the file system knows no locks.</returns>
    public static int Lock(SafeFileHandle file, bool shared) =>
        Call(() => Flock(file, LockWithoutWaiting | (shared ? LockShared : LockExclusive)));

    private static int Rename(string from, string to, uint how) =>
        OperatingSystem.IsLinux()
            ? Call(() => RenameAt2(CurrentFolder, from, CurrentFolder, to, how))
            : NoSuchCall;

    private static int Call(Func<int> call)
    {
        try
        {
            return call() == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return NoSuchCall;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Statx* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fchown(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Lchown(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flock(SafeFileHandle file, int operation);
}

/// <summary>The kernel's struct statx, the same on every architecture, as far as it is read here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct Statx
{
    [FieldOffset(20)]
    public readonly uint Owner;

    [FieldOffset(24)]
    public readonly uint Group;

    [FieldOffset(28)]
    public readonly ushort Mode;

    [FieldOffset(32)]
    public readonly ulong Inode;

    [FieldOffset(136)]
    public readonly uint DeviceMajor;

    [FieldOffset(140)]
    public readonly uint DeviceMinor;
}
