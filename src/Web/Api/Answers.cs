using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>
/// Writes answers while their requests still hold a place, and within a time: what nobody takes must not pile up.
/// </summary>
internal static class Answers
{
    /// <summary>Answers with JSON, which is made while it is written.</summary>
    public static async Task<IResult> Json<T>(HttpContext http, SamNativeWebOptions options, T value, JsonTypeInfo<T> type)
    {
        await Write(
            http, options, "application/json; charset=utf-8",
            cancellation => JsonSerializer.SerializeAsync(http.Response.BodyWriter, value, type, cancellation))
            .ConfigureAwait(false);
        return TypedResults.Empty;
    }

    /// <summary>Answers with a file.</summary>
    public static async Task<IResult> Bytes(
        HttpContext http, SamNativeWebOptions options, ReadOnlyMemory<byte> content, string type)
    {
        http.Response.ContentLength = content.Length;
        await Write(http, options, type, cancellation => http.Response.Body.WriteAsync(content, cancellation).AsTask())
            .ConfigureAwait(false);
        return TypedResults.Empty;
    }

    /// <summary>Writes a part of an answer; a client that does not take it in time is cut off.</summary>
    public static async Task Write(
        HttpContext http, SamNativeWebOptions options, string type, Func<CancellationToken, Task> write)
    {
        http.Response.ContentType ??= type;
        using TransferClock clock = new(http, options);
        try
        {
            await write(clock.Token).ConfigureAwait(false);
            await http.Response.BodyWriter.FlushAsync(clock.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (clock.IsUp)
        {
            http.Abort();
        }
    }
}
