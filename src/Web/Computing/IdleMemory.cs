using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace SamNative.Web;

/// <summary>
/// Gives memory back to the system where the process is ours, that is for <see cref="SamNativeServer"/> alone: large blocks
/// of native memory when they are freed, and what the collector keeps once nothing was computed for some seconds.
/// </summary>
internal sealed class IdleMemory(Segmenter segmenter) : BackgroundService
{
    /// <summary>M_MMAP_THRESHOLD of mallopt(3).</summary>
    private const int MmapThreshold = -3;

    /// <summary>Blocks of this size are mapped one by one.</summary>
    private const int LargeBytes = 1 << 18;

    private static readonly TimeSpan pause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// By itself the C library of Linux learns from decoded pictures to put blocks of up to 32 MB into its arenas, where
    /// a small one that stays keeps large free ones from going back.
    /// </summary>
    public static void MapLargeBlocks()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Mallopt(MmapThreshold, LargeBytes);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library, which has no such habit.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long seen = 0, collected = 0;
        using PeriodicTimer timer = new(pause);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            long works = segmenter.Works;
            if (works == seen && works != collected && !segmenter.IsWorking)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                collected = works;
            }

            seen = works;
        }
    }

    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "Two numbers need no code, which would be unsafe.")]
    [DllImport("libc", EntryPoint = "mallopt", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mallopt(int parameter, int value);
}
