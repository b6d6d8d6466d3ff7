using System.Runtime.InteropServices;

namespace SamNative.Kernels;

/// <summary>
/// Asks the system to back memory with pages of 2 MB, so that streaming over weights seldom waits for an address to be
/// looked up. A wish: where it is not known or not granted, nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>The size of a huge page, and how memory that wants them should be aligned.</summary>
    public const nuint Bytes = 2 << 20;

    /// <summary>MADV_HUGEPAGE of madvise(2).</summary>
    private const int Advice = 14;

    /// <summary>Wishes for them, for memory that begins at a multiple of <see cref="Bytes"/>.</summary>
    public static void Advise(void* start, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Madvise(start, bytes, Advice);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this C library: ordinary pages do.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Madvise(void* start, nuint length, int advice);
}
