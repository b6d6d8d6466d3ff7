using System.Net;

namespace SamNative.Web;

/// <summary>Where a server listens, and by what names and through which proxies it is reached.</summary>
public sealed record SamNativeServerOptions
{
    /// <summary>The address to listen on: this machine alone when not set.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0, the default, for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The names that browsers may reach the server by, beside <c>localhost</c> and every IP address; <c>*.example.org</c>
    /// stands for all names below that one. A request for another name is refused: a site that lets a name of its own
    /// lead here (DNS rebinding) would otherwise count as this one.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// The proxies that are believed what they say of a request (X-Forwarded-For, -Proto and -Host); none when not set.
    /// </summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];
}
