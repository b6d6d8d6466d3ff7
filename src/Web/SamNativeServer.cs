using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using IPNetwork = System.Net.IPNetwork;

namespace SamNative.Web;

/// <summary>A web server that serves the page and nothing else: what <c>samnative serve</c> runs.</summary>
public static class SamNativeServer
{
    /// <summary>How long requests may take to end when the server does: what they compute is cancelled at once.</summary>
    private static readonly TimeSpan endingTime = TimeSpan.FromMilliseconds(300);

    private const int MaxConnections = 512;
    private const int MaxConnectionsPerClient = 128;

    /// <summary>What is received ahead of being read.</summary>
    private const int BytesPerConnection = 1 << 17;

    /// <summary>Makes the server; start it with <c>StartAsync</c> or <c>RunAsync</c>.</summary>
    /// <param name="model">A model that can answer prompts; it stays the caller's, to be disposed after the server.</param>
    /// <param name="options">What the page shows, and how much its visitors may use.</param>
    /// <param name="server">Where it listens, and what it may be called.</param>
    /// <exception cref="ArgumentException">
    /// The model is an encoder alone, or a name of <see cref="SamNativeServerOptions.AllowedHosts"/> is none.
    /// </exception>
    public static WebApplication Create(SamModel model, SamNativeWebOptions options, SamNativeServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        HostGuard guard = new(server.AllowedHosts);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, server));
        // The host would log with a stack trace what it throws at its caller anyway.
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .AddSimpleConsole(line => line.SingleLine = true);
        builder.Services.AddRoutingCore();
        builder.Services.AddSamNative(model, options);
        builder.Services.AddHostedService<IdleMemory>();
        IdleMemory.MapLargeBlocks();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = endingTime);
        WebApplication app = builder.Build();
        app.Use(guard.Check);
        if (server.Proxies.Count > 0)
        {
            // What a proxy was called is checked as well: it may pass on whatever name leads to it.
            app.UseForwardedHeaders(Forwarded(server.Proxies)).Use(guard.Check);
        }

        app.MapSamNative();
        return app;
    }

    /// <summary>The address of a server that was started, with the port it was given.</summary>
    public static Uri AddressOf(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        IServerAddressesFeature addresses =
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new Uri(addresses.Addresses.First());
    }

    private static ForwardedHeadersOptions Forwarded(IReadOnlyList<IPNetwork> proxies)
    {
        ForwardedHeadersOptions options = new()
        {
            ForwardedHeaders =
                ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,

            // As many in a row as there are; the first that is not known ends it.
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (IPNetwork proxy in proxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        return options;
    }

    private static void Configure(KestrelServerOptions kestrel, SamNativeServerOptions server)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestBufferSize = BytesPerConnection;
        Shares connections = new(MaxConnections, MaxConnectionsPerClient);
        kestrel.Listen(
            server.Address, server.Port,
            listen => listen.Use(next => connection => Connect(connection, next, connections, server.Proxies)));
    }

    /// <summary>Closes a connection of a client that has its share of them; a proxy brings many clients.</summary>
    private static async Task Connect(
        ConnectionContext connection, ConnectionDelegate next, Shares connections, IReadOnlyList<IPNetwork> proxies)
    {
        IPAddress? address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        IPAddress client = Clients.Of(address);
        if (address is not null && proxies.Any(proxy => proxy.Contains(address)))
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        if (!connections.TryTake(client, 1))
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connections.Return(client, 1);
        }
    }
}
