using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>Whom a request comes from, for the sharing of what is scarce.</summary>
internal static class Clients
{
    /// <summary>Bytes of an IPv6 address that name a network; who has one has all addresses in it.</summary>
    private const int NetworkBytes = 8;

    /// <summary>
    /// The address of the client: of IPv6 its /64, and the same for all where there is none (a socket of the file system).
    /// Behind a proxy it is the client's only where the host reads forwarded headers.
    /// </summary>
    public static IPAddress Of(HttpContext http) => Of(http.Connection.RemoteIpAddress);

    /// <inheritdoc cref="Of(HttpContext)"/>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return IPAddress.None;
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
