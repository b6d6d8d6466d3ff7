using System.Buffers;
using System.IO.Pipelines;
using System.Text;
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
        HttpContext http, SamNativeWebOptions options, Func<IProgress<SamProgress>?, Task<T>> work, JsonTypeInfo<T> type)
    {
        if (!http.Request.Headers.Accept.ToString().Contains(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return await Answers.Json(http, options, await work(null).ConfigureAwait(false), type)
                .ConfigureAwait(false);
        }

        try
        {
            await Stream(http, options, work, type).ConfigureAwait(false);
        }
        catch (Exception error) when (http.Response.HasStarted && Problems.Of(error) is { } problem)
        {
            await Send(http, options, "problem", problem, WebJson.Default.ProblemDetails).ConfigureAwait(false);
        }

        return TypedResults.Empty;
    }

    private static async Task Stream<T>(
        HttpContext http, SamNativeWebOptions options, Func<IProgress<SamProgress>?, Task<T>> work, JsonTypeInfo<T> type)
    {
        LatestProgress progress = new();
        Task<T> running = progress.Until(work(progress));
        try
        {
            await foreach (SamProgress value in progress.Reader.ReadAllAsync(http.RequestAborted).ConfigureAwait(false))
            {
                await Send(http, options, "progress", new ProgressReply(value.Done, value.Total), WebJson.Default.ProgressReply)
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Send(http, options, "done", await running.ConfigureAwait(false), type).ConfigureAwait(false);
    }

    private static Task Send<T>(
        HttpContext http, SamNativeWebOptions options, string name, T value, JsonTypeInfo<T> type) =>
        Answers.Write(http, options, ContentType, async cancellation =>
        {
            PipeWriter writer = http.Response.BodyWriter;
            Encoding.UTF8.GetBytes($"event: {name}\ndata: ", writer);
            await JsonSerializer.SerializeAsync(writer, value, type, cancellation).ConfigureAwait(false);
            writer.Write("\n\n"u8);
            await writer.FlushAsync(cancellation).ConfigureAwait(false);
        });

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
