using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>Turns what a client can mend into a problem, and a client that left into silence.</summary>
internal sealed class ProblemFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        try
        {
            return await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return http.Response.HasStarted
                ? TypedResults.Empty
                : TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (Exception error) when (!http.Response.HasStarted && Problems.Of(error) is { } problem)
        {
            Problems.SetRetryAfter(http.Response, error);
            return Problems.Answer(problem);
        }
    }
}
