using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

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
    /// where a request comes from; programs say nothing.
    /// </summary>
    private static bool IsFromOtherSite(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && ((request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none"))
            || (request.Headers[HeaderNames.Origin].ToString() is { Length: > 0 } origin && !IsOwn(origin, request)));

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
        && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static WebProblemException CrossSite() => new(
        StatusCodes.Status403Forbidden, "cross_site",
        "Requests from pages of other sites are refused. Open the page of this server, or ask from a program.");
}
