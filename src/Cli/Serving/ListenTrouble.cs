using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace SamNative.Cli;

/// <summary>Turns what the system answers when it is asked to listen into a sentence with the cure.</summary>
internal static class ListenTrouble
{
    /// <summary>Whether an exception is such an answer.</summary>
    public static bool Is(Exception error) => ReasonOf(error) is not null;

    /// <summary>The sentence.</summary>
    public static CommandFailedException Explain(Exception error, IPEndPoint place) =>
        new($"{place} cannot be listened on: {Cure(ReasonOf(error) ?? SocketError.SocketError, place)}");

    private static SocketError? ReasonOf(Exception error) => error switch
    {
        SocketException socket => socket.SocketErrorCode,
        { InnerException: AddressInUseException } => SocketError.AddressAlreadyInUse,
        _ => null,
    };

    private static string Cure(SocketError reason, IPEndPoint place) => reason switch
    {
        SocketError.AddressAlreadyInUse =>
            "address already in use. Choose another port with --port; 0 takes any that is free.",
        SocketError.AccessDenied =>
            "the system does not let this user. Choose a port from 1024 up with --port.",
        SocketError.InvalidArgument when place.Address.IsIPv6LinkLocal =>
            $"a link-local address needs its interface, as in --host {place.Address}%eth0.",
        SocketError.AddressNotAvailable or SocketError.InvalidArgument =>
            "it is no address of this machine. Give one that is with --host, or 0.0.0.0 for all.",
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported or SocketError.ProtocolNotSupported =>
            $"this machine has no {(place.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4")}.",
        _ => new SocketException((int)reason).Message + ".",
    };
}
