using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// Keeps two processes from downloading the same file at once: the second one waits. The lock is the system's lock on an
/// empty file beside the target, so it dies with its process; the file stays, because deleting it would let a third
/// process lock a new file of that name while a second one holds the old.
/// </summary>
internal static class DownloadLock
{
    private static readonly TimeSpan pollEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>The file whose lock it is.</summary>
    public static string PathOf(string target) => TemporaryName.Beside(target, before: ".", after: ".lock");

    /// <summary>Takes the lock of a target, and makes its folder where it is missing.</summary>
    /// <param name="onWait">Called once if another process has it.</param>
    /// <returns>What gives the lock back.</returns>
    /// <exception cref="CommandFailedException">The folder cannot be written to.</exception>
    public static async Task<IDisposable> Take(string target, Action onWait, CancellationToken cancellation)
    {
        string path = PathOf(target);
        for (bool waited = false; ; waited = true)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                if (HeldFile.TryTake(path, static path => OwnFile.Open(path, FileShare.None)) is FileStream taken)
                {
                    return taken;
                }
            }
            catch (Exception error) when (DiskTrouble.Is(error))
            {
                throw DiskTrouble.Explain(error, path);
            }

            if (!waited)
            {
                onWait();
            }

            await Task.Delay(pollEvery, cancellation).ConfigureAwait(false);
        }
    }
}
