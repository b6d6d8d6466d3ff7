using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>
/// The answer to something that takes long. A client that accepts text/event-stream is told how far it is (event
/// progress), then gets the result (event done) or a problem (event problem); any other client gets the result alone.
/// What fails before the first event is answered with a status of its own.
/// </summary>
internal static class EventStream
{
    private const string ContentType = "text/event-stream";

    /// <summary>Does the work and answers with what it gives.</summary>
    public static async Task<IResult> Answer<T>(
        HttpContext http, Func<IProgress<SamProgress>?, Task<T>> work, JsonTypeInfo<T> type)
    {
        if (!http.Request.Headers.Accept.ToString().Contains(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.Json(await work(null).ConfigureAwait(false), type);
        }

        try
        {
            await Stream(http, work, type).ConfigureAwait(false);
        }
        catch (Exception error) when (http.Response.HasStarted && Problems.Of(error) is { } problem)
        {
            await Send(http, "problem", problem, WebJson.Default.ProblemDetails).ConfigureAwait(false);
        }

        return TypedResults.Empty;
    }

    private static async Task Stream<T>(
        HttpContext http, Func<IProgress<SamProgress>?, Task<T>> work, JsonTypeInfo<T> type)
    {
        LatestProgress progress = new();
        Task<T> running = progress.Until(work(progress));
        try
        {
            await foreach (SamProgress value in progress.Reader.ReadAllAsync(http.RequestAborted).ConfigureAwait(false))
            {
                await Send(http, "progress", new ProgressReply(value.Done, value.Total), WebJson.Default.ProgressReply)
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Send(http, "done", await running.ConfigureAwait(false), type).ConfigureAwait(false);
    }

    private static async Task Send<T>(HttpContext http, string name, T value, JsonTypeInfo<T> type)
    {
        http.Response.ContentType ??= ContentType;
        string data = JsonSerializer.Serialize(value, type);
        await http.Response.WriteAsync($"event: {name}\ndata: {data}\n\n", http.RequestAborted).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Holds the last report that was not sent yet, so that a slow client does not hold up the work.</summary>
    private sealed class LatestProgress : IProgress<SamProgress>
    {
        private readonly Channel<SamProgress> channel = Channel.CreateBounded<SamProgress>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        public ChannelReader<SamProgress> Reader => channel.Reader;

        public void Report(SamProgress value) => channel.Writer.TryWrite(value);

        public async Task<T> Until<T>(Task<T> work)
        {
            try
            {
                return await work.ConfigureAwait(false);
            }
            finally
            {
                channel.Writer.Complete();
            }
        }
    }
}
