using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>Headers that tell browsers to load nothing from elsewhere, and a refusal of what other sites send.</summary>
internal sealed class SafetyFilter : IEndpointFilter
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return IsFromOtherSite(http.Request)
            ? ValueTask.FromResult<object?>(Problems.Answer(Problems.Of(CrossSite())!))
            : next(context);
    }

    /// <summary>
    /// A page of another site may send a request without being asked, though it cannot read the answer. Browsers say
    /// where a request comes from, in words that no page can change; programs say nothing. Older browsers, and all of
    /// them where there is neither TLS nor localhost, say only the origin.
    /// </summary>
    private static bool IsFromOtherSite(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Headers["Sec-Fetch-Site"].ToString() switch
        {
            "same-origin" or "none" => false,
            "" => request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin, request),
            _ => true,
        };

    /// <summary>The header is read as it came: the framework's host is Unicode, and an exception where it cannot be.</summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? from)
        && Uri.TryCreate($"{request.Scheme}://{request.Headers.Host}", UriKind.Absolute, out Uri? own)
        && (from.Scheme, from.IdnHost, from.Port) == (own.Scheme, own.IdnHost, own.Port);

    private static WebProblemException CrossSite() => new(
        StatusCodes.Status403Forbidden, "cross_site",
        "Requests from pages of other sites are refused. Open the page of this server, or ask from a program. Behind a "
        + "proxy, the server has to be told what the proxy is called: see Behind a proxy in docs/web.md.");
}
