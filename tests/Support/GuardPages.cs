using System.Runtime.InteropServices;

namespace SamNative.Tests.Support;

/// <summary>Pages of memory with an unreadable page before and one behind them.</summary>
public static unsafe partial class GuardPages
{
    private const int None = 0;
    private const int ReadWrite = 1 | 2;
    private const int Private = 2;

    private const uint CommitAndReserve = 0x1000 | 0x2000;
    private const uint Decommit = 0x4000;
    private const uint Release = 0x8000;
    private const uint WindowsNoAccess = 1;
    private const uint WindowsReadWrite = 4;

    private const int Fixed = 0x10;

    private static int Anonymous => OperatingSystem.IsMacOS() ? 0x1000 : 0x20;

    public static int PageSize => Environment.SystemPageSize;

    /// <summary>Maps writable bytes, a multiple of the page size, between two guard pages.</summary>
    /// <returns>The first writable byte.</returns>
    public static byte* Map(nuint bytes)
    {
        nuint all = bytes + (2 * (nuint)PageSize);
        byte* pages = OperatingSystem.IsWindows()
            ? VirtualAlloc(null, all, CommitAndReserve, WindowsNoAccess)
            : MemoryMap(null, all, None, Private | Anonymous, -1, 0);
        if (pages == null || pages == (byte*)-1)
        {
            throw new InvalidOperationException($"No {all} bytes to guard: error {Marshal.GetLastPInvokeError()}.");
        }

        byte* first = pages + PageSize;
        bool opened = OperatingSystem.IsWindows()
            ? VirtualProtect(first, bytes, WindowsReadWrite, out _) != 0
            : MemoryProtect(first, bytes, ReadWrite) == 0;
        return opened
            ? first
            : throw new InvalidOperationException($"Pages not writable: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Gives the memory of mapped bytes back but keeps their addresses: a touch faults from then on.</summary>
    public static void Seal(byte* first, nuint bytes)
    {
        bool closed = OperatingSystem.IsWindows()
            ? VirtualFree(first, bytes, Decommit) != 0
            : MemoryMap(first, bytes, None, Private | Anonymous | Fixed, -1, 0) == first;
        if (!closed)
        {
            throw new InvalidOperationException($"Pages not sealed: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    /// <summary>Gives back what <see cref="Map"/> returned.</summary>
    public static void Unmap(byte* first, nuint bytes)
    {
        byte* pages = first - PageSize;
        bool freed = OperatingSystem.IsWindows()
            ? VirtualFree(pages, 0, Release) != 0
            : MemoryUnmap(pages, bytes + (2 * (nuint)PageSize)) == 0;
        if (!freed)
        {
            throw new InvalidOperationException($"Pages not freed: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* MemoryMap(
        byte* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MemoryProtect(byte* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MemoryUnmap(byte* address, nuint length);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial byte* VirtualAlloc(byte* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualProtect(byte* address, nuint size, uint protection, out uint before);

    [LibraryImport("kernel32", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualFree(byte* address, nuint size, uint type);
}
