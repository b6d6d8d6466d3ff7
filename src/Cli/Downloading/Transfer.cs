using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SamNative.Cli;

/// <summary>
/// Brings one file over as many connections as it takes. Nothing that a server says about the file is believed: an
/// answer that does not fit is refused, and what fits is still held to the hash in the end.
/// </summary>
internal sealed class Transfer(
    HttpClient client, Uri address, KnownCheckpoint checkpoint, Patience patience, DownloadStatus status)
{
    /// <summary>Where neither the list nor the server gives a length: more than any published SAM needs.</summary>
    private const long MostBytes = 4L << 30;

    private const int MostRedirections = 10;
    private const int PieceBytes = 128 << 10;

    private readonly byte[] piece = new byte[PieceBytes];
    private EntityTagHeaderValue? version;
    private bool mayResume = true;

    /// <summary>Whether the file came in more than one piece, so that the pieces may not fit.</summary>
    public bool IsInPieces { get; private set; }

    /// <summary>One connection: asks for what is missing and stores what comes.</summary>
    /// <exception cref="TransferException">It ended before the file was whole, or was refused.</exception>
    /// <exception cref="CommandFailedException">The disk fails.</exception>
    public async Task Continue(PartialFile partial, CancellationToken cancellation)
    {
        using CancellationTokenSource stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(patience.Stall);
        try
        {
            using HttpResponseMessage response = await Send(partial.Length, stall.Token).ConfigureAwait(false);
            long? total = Accept(response, partial);
            Stream body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            await Receive(body, total, partial, stall).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransferException(
                $"nothing, or next to nothing, came for {patience.Stall.TotalSeconds:0.#} s", isTemporary: true);
        }
        catch (HttpRequestException error)
        {
            throw Explain(error);
        }
        catch (IOException)
        {
            throw new TransferException("the connection was cut", isTemporary: true);
        }
    }

    /// <summary>Asks, and follows redirections.</summary>
    private async Task<HttpResponseMessage> Send(long from, CancellationToken cancellation)
    {
        Uri place = address;
        for (int redirections = 0; ; redirections++)
        {
            using HttpRequestMessage request = Ask(place, from);
            HttpResponseMessage response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!IsRedirection(response))
            {
                return response;
            }

            using (response)
            {
                place = Next(place, response, redirections);
            }
        }
    }

    private static bool IsRedirection(HttpResponseMessage response) => response.StatusCode
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Where an answer redirects to: only to what is as safe as the place that says so.</summary>
    private static Uri Next(Uri place, HttpResponseMessage response, int redirections)
    {
        string? problem = null;
        if (!response.Headers.NonValidated.TryGetValues("Location", out HeaderStringValues values)
            || !Uri.TryCreate(place, values.First(), out Uri? next))
        {
            next = place;
            problem = "to nowhere";
        }
        else if (next.Scheme != Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttp)
        {
            problem = "to an address that is neither https nor http";
        }
        else if (place.Scheme == Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttp)
        {
            problem = "from https to http";
        }
        else if (redirections >= MostRedirections)
        {
            problem = "too often";
        }

        return problem is null
            ? next
            : throw new TransferException(
                $"the server redirects (status {(int)response.StatusCode}) {problem}, which is not followed",
                isTemporary: false);
    }

    private HttpRequestMessage Ask(Uri place, long from)
    {
        HttpRequestMessage request = new(HttpMethod.Get, place);
        if (from > 0 && mayResume)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
            if (version is not null)
            {
                request.Headers.IfRange = new RangeConditionHeaderValue(version);
            }
        }

        return request;
    }

    /// <summary>Checks an answer, and makes what there is fit to it.</summary>
    /// <returns>The length of the whole file, if it is known.</returns>
    private long? Accept(HttpResponseMessage response, PartialFile partial)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                long? whole = Total(response.Content.Headers.ContentLength);
                partial.Restart();
                version = Strong(response.Headers.ETag);
                return whole;
            case HttpStatusCode.PartialContent:
                return AcceptPart(response, partial);
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                partial.Restart();
                throw new TransferException("the server's file ends before what is here does", isTemporary: true);
            default:
                throw Refused(response);
        }
    }

    private long? AcceptPart(HttpResponseMessage response, PartialFile partial)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        bool isNext = range is { Unit: "bytes", HasRange: true } && range.From == partial.Length
            && (version is null || version.Equals(Strong(response.Headers.ETag) ?? version));
        if (!isNext)
        {
            partial.Restart();
            mayResume = false;
            throw new TransferException("the server sent another part than it was asked for", isTemporary: true);
        }

        long? total = Total(range!.Length);
        version ??= Strong(response.Headers.ETag);
        IsInPieces |= partial.Length > 0;
        return total;
    }

    /// <summary>The listed length, otherwise the announced one; they must not contradict each other.</summary>
    private long? Total(long? announced)
    {
        bool isAnother = checkpoint.Bytes is long listed && announced is long offered && offered != listed;
        return isAnother || announced > MostBytes
            ? throw new TransferException(
                $"the server offers {announced:N0} bytes; the file has {checkpoint.Bytes ?? MostBytes:N0}"
                + (isAnother ? string.Empty : " at most"),
                isTemporary: false)
            : checkpoint.Bytes ?? announced;
    }

    private async Task Receive(Stream body, long? total, PartialFile partial, CancellationTokenSource stall)
    {
        long mark = partial.Length;
        int read;
        while ((read = await body.ReadAsync(piece, stall.Token).ConfigureAwait(false)) > 0)
        {
            if (partial.Length + read > (total ?? MostBytes))
            {
                partial.Restart();
                throw new TransferException(
                    $"the server sent more than the {total ?? MostBytes:N0} bytes of the file", isTemporary: false);
            }

            partial.Append(piece.AsSpan(0, read));
            status.Arrived(partial.Length, total);
            if (partial.Length - mark >= patience.Trickle)
            {
                mark = partial.Length;
                stall.CancelAfter(patience.Stall);
            }
        }

        if (partial.Length < total)
        {
            throw new TransferException($"the server stopped after {partial.Length:N0} bytes", isTemporary: true);
        }
    }

    /// <summary>Only a strong tag promises the same bytes.</summary>
    private static EntityTagHeaderValue? Strong(EntityTagHeaderValue? tag) => tag is { IsWeak: false } ? tag : null;

    private static TransferException Refused(HttpResponseMessage response)
    {
        int code = (int)response.StatusCode;
        bool isTemporary = code is >= 500 or 408 or 425 or 429;
        RetryConditionHeaderValue? retry = response.Headers.RetryAfter;
        return new TransferException(
            $"the server answers with status {code}", isTemporary, retry?.Delta ?? (retry?.Date - DateTimeOffset.UtcNow));
    }

    /// <summary>In our own words: the exception's may quote what the server sent.</summary>
    private static TransferException Explain(HttpRequestException error) => error.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError =>
            new TransferException("the name of the server cannot be resolved", isTemporary: true),
        HttpRequestError.SecureConnectionError when error.InnerException is AuthenticationException =>
            new TransferException("the server's certificate is not trusted", isTemporary: false),
        HttpRequestError.SecureConnectionError =>
            new TransferException("no secure connection can be made", isTemporary: true),
        HttpRequestError.ProxyTunnelError => new TransferException("the proxy refuses", isTemporary: false),
        HttpRequestError.ConnectionError => new TransferException(
            error.InnerException is SocketException socket
                ? $"no connection can be made ({socket.Message})"
                : "no connection can be made",
            isTemporary: true),
        HttpRequestError.ResponseEnded => new TransferException("the connection was cut", isTemporary: true),
        _ when error.InnerException is IOException => new TransferException("the connection was cut", isTemporary: true),
        _ => new TransferException("the answer is not HTTP as we know it", isTemporary: true),
    };
}
