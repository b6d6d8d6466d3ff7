using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SamNative.Web;

/// <summary>
/// Refuses requests for names that are not known. A site can let a name of its own lead to this machine (DNS rebinding);
/// it cannot do so with an address, which is nobody's name.
/// </summary>
/// <param name="allowedHosts">Names beside localhost.</param>
internal sealed class HostGuard(IEnumerable<string> allowedHosts)
{
    private const string ForwardedHost = "X-Forwarded-Host";

    private static readonly IdnMapping punycode = new();

    private readonly StringSegment[] names =
        [.. allowedHosts.Prepend("localhost").Select(name => new StringSegment(punycode.GetAscii(name)))];

    /// <summary>The middleware.</summary>
    public Task Check(HttpContext http, RequestDelegate next)
    {
        IHeaderDictionary headers = http.Request.Headers;
        return Allows(headers.Host.ToString()) && headers.GetCommaSeparatedValues(ForwardedHost).All(IsReadable)
            ? next(http)
            : Problems.Answer(Problems.Of(WebProblemException.UnknownHost())!).ExecuteAsync(http);
    }

    /// <summary>Programs of the time before HTTP/1.1 name no host; browsers always do.</summary>
    private bool Allows(string header) =>
        header.Length == 0
        || (new HostString(header).Host is var host
            && (IPAddress.TryParse(host, out _) || (IsReadable(host) && HostString.MatchesAny(host, names))));

    /// <summary>What looks like punycode and is none is an exception wherever the framework reads a host.</summary>
    [SuppressMessage("Usage", "CA2234", Justification = "It is a header, not an address.")]
    private static bool IsReadable(string host)
    {
        try
        {
            HostString.FromUriComponent(host);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
