using System.Net.Http.Headers;

namespace SamNative.Cli;

/// <summary>
/// Fetches known checkpoints: the target appears whole, with the listed SHA-256, or not at all. What has arrived when it
/// fails, is cancelled or killed is kept beside the target, and the next download goes on from there.
/// </summary>
internal sealed class Downloader(HttpClient client, Patience patience, DownloadStatus status)
{
    private static readonly TimeSpan connectTimeout = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The handler to make a client of. It honours the environment's proxies, and leaves redirections to
    /// <see cref="Transfer"/> and all other time-outs to <see cref="Patience"/>.
    /// </summary>
    public static SocketsHttpHandler Handler() => new()
    {
        ConnectTimeout = connectTimeout,
        AllowAutoRedirect = false,
        UseCookies = false,
    };

    /// <summary>A client that names the program to the server.</summary>
    /// <param name="handler">It belongs to the client from then on.</param>
    public static HttpClient Client(SocketsHttpHandler handler)
    {
        HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        string version = typeof(Downloader).Assembly.GetName().Version!.ToString(3);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("samnative", version));
        return client;
    }

    /// <summary>
    /// Fetches a checkpoint, unless another process has just done so. The folder of the target is made where it is
    /// missing.
    /// </summary>
    /// <param name="overwrite">Whether to fetch it even where the target exists, and to replace that.</param>
    /// <returns>Whether it was fetched by this call.</returns>
    /// <exception cref="CommandFailedException">It cannot be had; the message says what to do.</exception>
    public async Task<bool> Fetch(
        KnownCheckpoint checkpoint, Uri address, string target, bool overwrite, CancellationToken cancellation)
    {
        using IDisposable taken = await DownloadLock.Take(
            target, () => status.Say($"another process is downloading {checkpoint.Name}: waiting for it."), cancellation)
            .ConfigureAwait(false);
        if (!overwrite && ModelPlaces.IsHere(target))
        {
            await RequireListed(checkpoint, target, cancellation).ConfigureAwait(false);
            return false;
        }

        CheckPlace(target);
        using PartialFile partial = new(target);
        await partial.HashKept(status, cancellation).ConfigureAwait(false);
        Transfer transfer = new(client, address, checkpoint, patience, status);
        try
        {
            await Complete(transfer, checkpoint, partial, cancellation).ConfigureAwait(false);
        }
        catch (TransferException error)
        {
            throw GaveUp(error, checkpoint, address, target, partial.Length);
        }

        partial.Commit(overwrite);
        return true;
    }

    /// <summary>Refuses a target that could not be written in the end, before anything is fetched.</summary>
    private void CheckPlace(string target)
    {
        string folder = Path.GetDirectoryName(target)!;
        try
        {
            OwnFile.Check(target);
            if (OwnFile.IsOpenToAll(folder))
            {
                status.Say($"every user of this machine may replace files in {folder}: take that right away (chmod o-w).");
            }
        }
        catch (Exception error) when (DiskTrouble.Is(error))
        {
            throw DiskTrouble.Explain(error, target);
        }
    }

    /// <summary>Checks that a file is the listed one.</summary>
    /// <exception cref="CommandFailedException">It is another.</exception>
    public async Task RequireListed(KnownCheckpoint checkpoint, string path, CancellationToken cancellation)
    {
        string found = await FileHash.Sha256(path, status, cancellation).ConfigureAwait(false);
        if (found != checkpoint.Sha256)
        {
            throw new CommandFailedException(
                $"{path} is not {checkpoint.Name}: {Mismatch(checkpoint, found)}. "
                + $"samnative download {checkpoint.Name} --force fetches the right one.");
        }
    }

    /// <summary>
    /// Connects until the file is whole and right. Pieces that do not fit together, because the file has changed or what
    /// was kept is damaged, are thrown away, and it is fetched in one.
    /// </summary>
    private async Task Complete(
        Transfer transfer, KnownCheckpoint checkpoint, PartialFile partial, CancellationToken cancellation)
    {
        if (partial.Sha256 == checkpoint.Sha256)
        {
            return;
        }

        await FetchRest(transfer, partial, cancellation).ConfigureAwait(false);
        if (partial.Sha256 != checkpoint.Sha256 && transfer.IsInPieces)
        {
            status.Say("the pieces do not fit together: fetching it anew.");
            partial.Restart();
            await FetchRest(transfer, partial, cancellation).ConfigureAwait(false);
        }

        string found = partial.Sha256;
        if (found != checkpoint.Sha256)
        {
            partial.Restart();
            throw new TransferException(
                $"what came is another file, and is not kept: {Mismatch(checkpoint, found)}", isTemporary: false);
        }
    }

    private async Task FetchRest(Transfer transfer, PartialFile partial, CancellationToken cancellation)
    {
        status.Begin(partial.Length);
        long best = partial.Length;
        for (int failures = 0; ;)
        {
            try
            {
                await transfer.Continue(partial, cancellation).ConfigureAwait(false);
                return;
            }
            catch (TransferException error) when (error.IsTemporary)
            {
                // Only bytes that were never here before count, or a server that always begins anew would never end.
                failures = partial.Length - best >= patience.Progress ? 1 : failures + 1;
                best = Math.Max(best, partial.Length);
                if (failures >= patience.Attempts)
                {
                    throw;
                }

                TimeSpan wait = patience.WaitAfter(failures, error.RetryAfter);
                status.Say(
                    $"{error.Message}; trying again in {wait.TotalSeconds:0.#} s "
                    + $"({failures} of {patience.Attempts - 1}).");
                await Task.Delay(wait, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static string Mismatch(KnownCheckpoint checkpoint, string found) =>
        $"its SHA-256 is {found}, listed is {checkpoint.Sha256}"
        + (checkpoint.IsConfirmed ? string.Empty : ", which was never confirmed and may itself be wrong");

    private static CommandFailedException GaveUp(
        TransferException error, KnownCheckpoint checkpoint, Uri address, string target, long kept)
    {
        string resume = kept > 0 ? $" {kept:N0} bytes are kept; the same command goes on from there." : string.Empty;
        return new CommandFailedException(
            $"{checkpoint.Name} could not be downloaded from {address.AbsoluteUri}: {error.Message}.{resume} If there is a proxy, "
            + $"name it in HTTPS_PROXY; or fetch the file by other means, save it as {target}, and check it with "
            + $"samnative download {checkpoint.Name} --offline.");
    }
}
