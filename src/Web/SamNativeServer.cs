using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SamNative.Web;

/// <summary>A web server that serves the page and nothing else: what <c>samnative serve</c> runs.</summary>
public static class SamNativeServer
{
    /// <summary>The names under which a browser on this machine may ask for the page.</summary>
    private static readonly string[] loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Makes the server; start it with <c>StartAsync</c> or <c>RunAsync</c>.</summary>
    /// <param name="model">A model that can answer prompts; it stays the caller's, to be disposed after the server.</param>
    /// <param name="address">
    /// Where to listen. On a loopback address only requests for a loopback name are answered, so that no web site can
    /// reach the server by a name of its own that leads to this machine.
    /// </param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <exception cref="ArgumentException">The model is an encoder alone.</exception>
    public static WebApplication Create(SamModel model, SamNativeWebOptions options, IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, address, port));
        // The host would log with a stack trace what it throws at its caller anyway.
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddRoutingCore();
        builder.Services.AddSamNative(model, options);
        builder.Services.Configure<HostFilteringOptions>(
            hosts => hosts.AllowedHosts = IPAddress.IsLoopback(address) ? loopbackNames : ["*"]);
        WebApplication app = builder.Build();
        app.UseHostFiltering();
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

    private static void Configure(KestrelServerOptions kestrel, IPAddress address, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 256;
        kestrel.Listen(address, port);
    }
}
