using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SamNative.Web;

namespace SamNative.Cli;

/// <summary>The options that say where a server listens, and by what names and through which proxies it is reached.</summary>
internal sealed class AddressOptions
{
    private const int DefaultPort = 5080;
    private const string Below = "*.";

    private readonly Option<int> port = new("--port")
    {
        HelpName = "N",
        Description = $"The port to listen on; 0 takes any that is free. Default: {DefaultPort}.",
        DefaultValueFactory = _ => DefaultPort,
        CustomParser = result => Parse<int>(
            result, TryPort, $"give a whole number from 0 to {ushort.MaxValue}"),
    };

    private readonly Option<string> host = new("--host")
    {
        HelpName = "ADDRESS",
        Description = "The address to listen on, or a name of it: 0.0.0.0 for all, so that other machines can use the page. "
            + "Default: this machine alone.",
        DefaultValueFactory = _ => IPAddress.Loopback.ToString(),
        CustomParser = result => Parse<string>(
            result, TryHost, "give an IP address, such as 0.0.0.0, or a name of this machine"),
    };

    private readonly Option<string[]> allowedHosts = new("--allow-host")
    {
        HelpName = "NAME",
        Description = "A name by which browsers may reach the server, beside localhost and addresses; *.NAME for all below "
            + "it. May be repeated.",
        CustomParser = result => ParseAll<string>(
            result, TryName, "give a name without scheme and port, such as segment.example.org"),
    };

    private readonly Option<IPNetwork[]> proxies = new("--proxy")
    {
        HelpName = "ADDRESS",
        Description = "A proxy in front of the server, or a network of them (10.0.0.0/24): its X-Forwarded-For, -Proto and "
            + "-Host are believed. May be repeated.",
        CustomParser = result => ParseAll<IPNetwork>(
            result, TryNetwork, "give an IP address, or a network such as 10.0.0.0/24"),
    };

    private delegate bool Attempt<T>(string text, [NotNullWhen(true)] out T? value);

    public void AddTo(Command command)
    {
        command.Add(port);
        command.Add(host);
        command.Add(allowedHosts);
        command.Add(proxies);
    }

    /// <summary>What was asked for; a name is looked up.</summary>
    /// <exception cref="CommandFailedException">The name leads nowhere.</exception>
    public SamNativeServerOptions Read(ParseResult parsed)
    {
        string place = parsed.GetValue(host)!;
        bool isAddress = IPAddress.TryParse(place, out IPAddress? address);
        string[] names = parsed.GetValue(allowedHosts) ?? [];
        return new SamNativeServerOptions
        {
            Address = address ?? LookUp(place),
            Port = parsed.GetValue(port),
            AllowedHosts = isAddress ? names : [place, .. names],
            Proxies = parsed.GetValue(proxies) ?? [],
        };
    }

    private static IPAddress LookUp(string name)
    {
        try
        {
            return name == "localhost" ? IPAddress.Loopback : Dns.GetHostAddresses(name)[0];
        }
        catch (SocketException)
        {
            throw new CommandFailedException($"--host {name}: no address of this name is known. Give an address.");
        }
    }

    private static bool TryPort(string text, out int number)
    {
        bool isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort value);
        number = value;
        return isPort;
    }

    private static bool TryHost(string text, [NotNullWhen(true)] out string? value)
    {
        value = text;
        return IPAddress.TryParse(text, out _) || Uri.CheckHostName(text) == UriHostNameType.Dns;
    }

    private static bool TryName(string text, [NotNullWhen(true)] out string? value)
    {
        value = text;
        string name = text.StartsWith(Below, StringComparison.Ordinal) ? text[Below.Length..] : text;
        return Uri.CheckHostName(name) == UriHostNameType.Dns;
    }

    private static bool TryNetwork(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out IPAddress? address))
        {
            network = new IPNetwork(address, 8 * address.GetAddressBytes().Length);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    private static T[] ParseAll<T>(ArgumentResult result, Attempt<T> attempt, string cure) =>
        [.. result.Tokens.Select(token => Parse(result, token.Value, attempt, cure)!)];

    private static T? Parse<T>(ArgumentResult result, Attempt<T> attempt, string cure) =>
        Parse(result, result.Tokens[0].Value, attempt, cure);

    private static T? Parse<T>(ArgumentResult result, string text, Attempt<T> attempt, string cure)
    {
        if (!attempt(text, out T? value))
        {
            result.AddError($"{((OptionResult)result.Parent!).Option.Name} {text}: {cure}.");
        }

        return value;
    }
}
