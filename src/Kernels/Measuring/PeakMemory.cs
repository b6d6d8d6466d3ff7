using System.Diagnostics;
using System.Globalization;

namespace SamNative.Kernels;

/// <summary>The most physical memory this process had at any time.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Key = "VmHWM:";

    /// <summary>In 2^20 bytes. Linux keeps the mark for the process; elsewhere the system's own is asked.</summary>
    public static double Megabytes()
    {
        if (File.Exists(Status))
        {
            string line = File.ReadLines(Status).First(line => line.StartsWith(Key, StringComparison.Ordinal));
            string kilobytes = line[Key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal);
            return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
        }

        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / (double)(1 << 20);
    }
}
