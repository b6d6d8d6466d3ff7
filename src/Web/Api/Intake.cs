using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SamNative.Web;

/// <summary>
/// Lets requests in. Where the lane is full, or the client has its share of it, nothing is read. What is read has limits of
/// size, time and memory, and holds nothing but its bytes until it is there as a whole: a slow client takes no place that
/// others wait for.
/// </summary>
internal sealed class Intake(SamNativeWebOptions options)
{
    /// <summary>A prompt or the options of everything have a tenth of it.</summary>
    public const long MaxPromptBytes = 1 << 16;

    /// <summary>The memory of all bodies.</summary>
    public BodyMemory Memory { get; } = new(options);

    /// <summary>Reads JSON that is called so, and takes a place in a lane for it.</summary>
    /// <inheritdoc cref="Admit" path="/exception"/>
    public Task<Admission> AdmitJson(HttpContext http, WorkLane lane, long limit) => http.Request.HasJsonContentType()
        ? Admit(http, lane, limit)
        : throw new WebProblemException(
            StatusCodes.Status415UnsupportedMediaType, "not_json", "Send JSON, with the content type application/json.");

    /// <summary>Reads a body, and takes a place in a lane for it.</summary>
    /// <exception cref="WebProblemException">
    /// There is no place or no memory for it now, or it is empty, too long or too slow.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The lane is disposed.</exception>
    public async Task<Admission> Admit(HttpContext http, WorkLane lane, long limit)
    {
        if (http.Request.ContentLength > limit)
        {
            throw WebProblemException.TooLarge(limit);
        }

        // The limits here take the place of the server's own, which may be narrower.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        IPAddress client = Clients.Of(http);
        lane.Enter(client).Dispose();
        using TransferClock clock = new(http, options);
        clock.ExpectBytes();
        RequestBody body = await RequestBody.Read(http.Request.BodyReader, limit, Memory, client, clock).ConfigureAwait(false);
        try
        {
            return new Admission(lane.Enter(client), body);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads what is left of a refused request and forgets it: many clients look for an answer only once they have sent all,
    /// and a connection that is closed before loses it.
    /// </summary>
    public async Task Drain(HttpContext http)
    {
        using TransferClock clock = new(http, options);
        try
        {
            await http.Response.CompleteAsync().ConfigureAwait(false);
            clock.ExpectBytes();
            for (bool isLast = false; !isLast;)
            {
                ReadResult part = await clock.Read(http.Request.BodyReader).ConfigureAwait(false);
                clock.Count(part.Buffer.Length);
                isLast = part.IsCompleted;
                http.Request.BodyReader.AdvanceTo(part.Buffer.End);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client is slow, or gone: it had its time.
        }
    }
}

/// <summary>A request that was let in: its place in a lane, and its body.</summary>
internal sealed class Admission(WorkLane.Place place, RequestBody body) : IDisposable
{
    public WorkLane.Place Place => place;

    public RequestBody Body => body;

    public void Dispose()
    {
        body.Dispose();
        place.Dispose();
    }
}
