using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>
/// Ends a transfer that takes too long as a whole, or in which too little arrives: whoever sends or reads slowly holds a
/// place that others wait for.
/// </summary>
internal sealed class TransferClock : IDisposable
{
    private readonly CancellationTokenSource timer;
    private readonly CancellationToken aborted;
    private readonly SamNativeWebOptions options;
    private readonly long due;
    private long missing;

    public TransferClock(HttpContext http, SamNativeWebOptions limits)
    {
        options = limits;
        aborted = http.RequestAborted;
        timer = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        due = Environment.TickCount64 + (long)limits.MaxTransferTime.TotalMilliseconds;
        timer.CancelAfter(limits.MaxTransferTime);
    }

    /// <summary>Cancelled when the time is up, or when the client has left.</summary>
    public CancellationToken Token => timer.Token;

    /// <summary>Whether the time is up, and not the client gone.</summary>
    public bool IsUp => timer.IsCancellationRequested && !aborted.IsCancellationRequested;

    /// <summary>Begins to expect bytes at the least rate.</summary>
    public void ExpectBytes()
    {
        missing = (long)(options.MinBodyRate * options.RateWindow.TotalSeconds);
        double left = Math.Max(0, due - Environment.TickCount64);
        timer.CancelAfter(TimeSpan.FromMilliseconds(Math.Min(left, options.RateWindow.TotalMilliseconds)));
    }

    /// <summary>Counts bytes that arrived; as soon as those of one stretch of time are there, the next begins.</summary>
    public void Count(long bytes)
    {
        missing -= bytes;
        if (missing <= 0)
        {
            ExpectBytes();
        }
    }

    /// <summary>Waits for the next bytes of a body.</summary>
    /// <exception cref="OperationCanceledException">The time is up, or the client has left.</exception>
    public async Task<ReadResult> Read(PipeReader body)
    {
        // A token that cancels a read itself leaves the server's reader in a state of which it gets no further.
        using CancellationTokenRegistration ending = Token.Register(body.CancelPendingRead);
        while (true)
        {
            ReadResult part = await body.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            if (!part.IsCanceled)
            {
                return part;
            }

            body.AdvanceTo(part.Buffer.Start);
            Token.ThrowIfCancellationRequested();
        }
    }

    public void Dispose() => timer.Dispose();
}
