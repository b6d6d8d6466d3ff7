using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SamNative.Tests.Support;

/// <summary>What something costs, without what others do on the same machine meanwhile.</summary>
public static partial class ProcessorTime
{
    private const int ThreadClockOfLinux = 3;
    private const int ThreadClockOfMacOs = 16;

    /// <summary>
    /// How long the processor has worked for the calling thread; where the system does not say it (Windows), the time.
    /// </summary>
    public static TimeSpan OfThread
    {
        get
        {
            int clock = OperatingSystem.IsLinux() ? ThreadClockOfLinux : OperatingSystem.IsMacOS() ? ThreadClockOfMacOs : 0;
            return clock != 0 && GetTime(clock, out Time time) == 0
                ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000)
                : Stopwatch.GetElapsedTime(0);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out Time time);

    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
