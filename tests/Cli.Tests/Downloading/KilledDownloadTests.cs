using System.Diagnostics;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Downloads whose process is killed, at any moment, without a word.</summary>
public sealed class KilledDownloadTests : IDisposable
{
    private const int Moments = 50;

    private readonly DownloadCase it = new(bytes: 2_000_000);

    public void Dispose() => it.Dispose();

    [Fact]
    public async Task A_killed_download_leaves_no_target_or_a_whole_one_and_the_next_goes_on()
    {
        // About 0.2 s for the file, and as much for the process to start.
        using LyingServer server = new(asked => Reply.Honest(it.Content, asked) with { Drip = (1 << 16, 5) });
        Stopwatch watch = Stopwatch.StartNew();
        await RunToItsEnd(server.Address);
        double longest = watch.Elapsed.TotalMilliseconds * 1.2;
        Random random = new(7);
        int killed = 0;
        for (int moment = 0; moment < Moments; moment++)
        {
            File.Delete(it.Target);
            using Process child = DownloadChild.Start(server.Address, it.Checkpoint, it.Target);
            using CancellationTokenSource over = new(TimeSpan.FromMilliseconds(random.NextDouble() * longest));
            if (!await EndsBefore(child, over.Token))
            {
                child.Kill();
                await child.WaitForExitAsync();
                killed++;
            }

            if (File.Exists(it.Target))
            {
                it.AssertWhole();
            }
            else
            {
                Assert.NotEqual(0, child.ExitCode);
            }
        }

        Assert.True(killed > Moments / 4, $"only {killed} of {Moments} were killed in time");
        Assert.Contains(server.Asked, asked => asked.From > 0);
        File.Delete(it.Target);
        await RunToItsEnd(server.Address);
    }

    private async Task RunToItsEnd(Uri address)
    {
        using Process child = DownloadChild.Start(address, it.Checkpoint, it.Target);
        await child.WaitForExitAsync();
        Assert.Equal(0, child.ExitCode);
        it.AssertWhole();
    }

    private static async Task<bool> EndsBefore(Process child, CancellationToken over)
    {
        try
        {
            await child.WaitForExitAsync(over);
            return true;
        }
        catch (OperationCanceledException)
        {
            return child.HasExited;
        }
    }
}
