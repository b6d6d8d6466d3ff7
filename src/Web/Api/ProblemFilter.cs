using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SamNative.Web;

/// <summary>
/// Turns what a client can mend into a problem, and a client that left into silence. What a request asks for ends with
/// the server as well: <see cref="HttpContext.RequestAborted"/> says both.
/// </summary>
internal sealed partial class ProblemFilter(
    Segmenter segmenter, IHostApplicationLifetime lifetime, ILogger<ProblemFilter> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        CancellationToken leaving = http.RequestAborted;
        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(leaving, lifetime.ApplicationStopping);
        http.RequestAborted = ending.Token;
        try
        {
            // The answer is written here, so that what happens meanwhile is handled too.
            object? answer = await next(context).ConfigureAwait(false);
            await ((IResult)answer!).ExecuteAsync(http).ConfigureAwait(false);
            return TypedResults.Empty;
        }
        catch (OperationCanceledException error) when (leaving.IsCancellationRequested || error is ConnectionAbortedException)
        {
            return Left(http);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return await Refuse(http, Problems.Of(WebProblemException.Stopping())!).ConfigureAwait(false);
        }
        catch (IOException error) when (error is not BadHttpRequestException)
        {
            // Nothing here reads or writes but the connection. Where the server has not noticed yet that it is gone, it would
            // go on reading the body, and complain that a read of it never ended.
            LogBroken(RouteOf(http));
            http.Abort();
            return Left(http);
        }
        catch (Exception error) when (!http.Response.HasStarted && Problems.Of(error) is { } problem)
        {
            if (error is BadHttpRequestException)
            {
                LogMalformed(RouteOf(http), error.Message);
            }

            Problems.SetRetryAfter(http.Response, error);
            return await Refuse(http, problem).ConfigureAwait(false);
        }
        finally
        {
            http.RequestAborted = leaving;
        }
    }

    /// <summary>The address that was asked for, in our words.</summary>
    private static string? RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    private static IResult Left(HttpContext http) => http.Response.HasStarted
        ? TypedResults.Empty
        : TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);

    /// <summary>
    /// An answer that has begun is cut off, so that nobody takes it for whole. Otherwise the rest of the request is listened
    /// to, since many clients look for an answer only once they have sent all; not where that took too long already, or
    /// where the server ends.
    /// </summary>
    private async Task<IResult> Refuse(HttpContext http, ProblemDetails problem)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return TypedResults.Empty;
        }

        http.Response.ContentLength = null;
        await Problems.Write(http, problem).ConfigureAwait(false);
        if (problem.Status is not (StatusCodes.Status408RequestTimeout or StatusCodes.Status503ServiceUnavailable))
        {
            await segmenter.Intake.Drain(http).ConfigureAwait(false);
        }

        return TypedResults.Empty;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: the client broke off the connection")]
    private partial void LogBroken(string? route);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Route}: the request is malformed: {Reason}")]
    private partial void LogMalformed(string? route, string reason);
}
