using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using SamNative.Web;

namespace SamNative.Cli;

/// <summary>The page on which a click cuts something out.</summary>
internal sealed class ServeVerb : Verb
{
    private const int DefaultPort = 5080;

    private readonly Option<string?> model = SharedOptions.Model();
    private readonly Option<int> port = new("--port")
    {
        HelpName = "N",
        Description = $"The port to listen on; 0 takes any that is free. Default: {DefaultPort}.",
        DefaultValueFactory = _ => DefaultPort,
        CustomParser = ParsePort,
    };

    private readonly Option<IPAddress> host = new("--host")
    {
        HelpName = "ADDRESS",
        Description = "The address to listen on: 0.0.0.0 for all, so that other machines can use the page. Default: this "
            + "machine alone.",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = ParseHost,
    };

    private readonly Option<int> threads = SharedOptions.Threads();
    private readonly Option<bool> ignoreUnexpected = SharedOptions.IgnoreUnexpected();

    public ServeVerb()
        : base("serve", "Serve a page in the browser: click on a thing in a picture to cut it out.")
    {
        foreach (Option option in new Option[] { model, port, host, threads, ignoreUnexpected })
        {
            Add(option);
        }
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        IPAddress address = parsed.GetValue(host)!;
        using LoadedModel loaded = LoadedModel.Load(
            parsed.GetValue(model), parsed.GetValue(threads), parsed.GetValue(ignoreUnexpected), deferDecoder: false, cancellation);
        SamNativeWebOptions options = new()
        {
            ModelName = Path.GetFileName(loaded.Name),
            Notice = loaded.Name == KnownModels.Demo
                ? "This is the demo model: it knows drawn shapes, not photographs. For those: "
                    + $"samnative download {KnownModels.Default}"
                : null,
        };
        Serve(SamNativeServer.Create(loaded.Model, options, address, parsed.GetValue(port)), address, cancellation)
            .GetAwaiter().GetResult();
    }

    /// <summary>Serves until the program is told to end, which is the way to end it.</summary>
    private static async Task Serve(WebApplication app, IPAddress address, CancellationToken cancellation)
    {
        await using (app.ConfigureAwait(false))
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
            if (!IPAddress.IsLoopback(address))
            {
                Log.Line("everybody who can reach this machine can use the page: there is no password.");
            }

            await Console.Out.WriteLineAsync(SamNativeServer.AddressOf(app).ToString()).ConfigureAwait(false);
            Log.Line("Ctrl-C ends it.");
            await app.WaitForShutdownAsync(cancellation).ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private static int ParsePort(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        if (!isPort)
        {
            result.AddError($"--port {text}: give a whole number from 0 to {ushort.MaxValue}.");
        }

        return number;
    }

    private static IPAddress ParseHost(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "localhost")
        {
            return IPAddress.Loopback;
        }

        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            result.AddError($"--host {text}: give an IP address, such as 0.0.0.0, or localhost.");
        }

        return address ?? IPAddress.Loopback;
    }
}
