using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SamNative.Web;

/// <summary>Reads what a client sent, into memory and up to a limit.</summary>
internal static class RequestBody
{
    /// <summary>The type of everything but pictures.</summary>
    public const string Json = "application/json";

    /// <summary>
    /// What routing is told to let through, so that a wrong type is refused here, with a word; for pictures it is right.
    /// </summary>
    public const string AnyType = "*/*";

    private const int FirstBytes = 1 << 16;

    /// <summary>Prompts and masks: the run lengths of a mask with very many edges have some megabytes.</summary>
    private const long MaxJsonBytes = 16L << 20;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="WebProblemException">It is empty or longer than the limit.</exception>
    public static async Task<byte[]> Read(HttpRequest request, long limit, CancellationToken cancellation)
    {
        if (request.ContentLength > limit)
        {
            throw WebProblemException.TooLarge(limit);
        }

        // The limit here takes the place of the server's own, which may be lower.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        using MemoryStream content = new((int)(request.ContentLength ?? FirstBytes));
        byte[] buffer = new byte[FirstBytes];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (content.Length + read > limit)
            {
                throw WebProblemException.TooLarge(limit);
            }

            content.Write(buffer.AsSpan(0, read));
        }

        return content.Length > 0
            ? content.ToArray()
            : throw WebProblemException.BadRequest("The request has no body. Send what openapi.json asks for.");
    }

    /// <summary>Reads JSON.</summary>
    /// <exception cref="WebProblemException">It is too long, empty, null or called something other than JSON.</exception>
    /// <exception cref="JsonException">It is not the JSON that is wanted.</exception>
    public static async Task<T> ReadJson<T>(HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        if (!request.HasJsonContentType())
        {
            throw new WebProblemException(
                StatusCodes.Status415UnsupportedMediaType, "not_json", "Send JSON, with the content type application/json.");
        }

        byte[] content = await Read(request, MaxJsonBytes, cancellation).ConfigureAwait(false);
        return JsonSerializer.Deserialize(content, type)
            ?? throw WebProblemException.BadRequest("The body is null. Send an object.");
    }
}
