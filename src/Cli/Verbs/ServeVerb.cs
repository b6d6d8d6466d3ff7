using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using SamNative.Imaging;
using SamNative.Web;

namespace SamNative.Cli;

/// <summary>The page on which a click cuts something out.</summary>
internal sealed class ServeVerb : Verb
{
    private static readonly ImageLimits visitors = new SamNativeWebOptions().Limits;

    private readonly ModelOptions model = ModelOptions.ForPictures();
    private readonly AddressOptions addresses = new();
    private readonly Option<int> memory = PictureInput.MaxMegabytes(
        "The memory in MiB that decoding a visitor's picture may take: 3 bytes a pixel for a JPEG as cameras write it, 9 "
        + $"for a progressive one, 8 for other formats. Default: {visitors.MaxDecodedBytes >> 20}.");

    public ServeVerb()
        : base("serve", "Serve a page in the browser: click on a thing in a picture to cut it out.")
    {
        model.AddTo(this);
        addresses.AddTo(this);
        Add(memory);
    }

    protected override void Run(ParseResult parsed, CancellationToken cancellation)
    {
        SamNativeServerOptions server = addresses.Read(parsed);
        using LoadedModel loaded = model.Load(parsed, deferDecoder: false, cancellation);
        SamNativeWebOptions options = new()
        {
            Limits = parsed.GetValue(memory) is > 0 and int megabytes
                ? visitors with { MaxDecodedBytes = (long)megabytes << 20 }
                : visitors,
            ModelName = Path.GetFileName(loaded.Name),
            Notice = loaded.Name == KnownModels.Demo
                ? "This is the demo model: it knows drawn shapes, not photographs. For those: "
                    + $"samnative download {KnownModels.Default}"
                : null,
        };
        Serve(SamNativeServer.Create(loaded.Model, options, server), server, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Serves until the program is told to end, which is the way to end it.</summary>
    private static async Task Serve(WebApplication app, SamNativeServerOptions server, CancellationToken cancellation)
    {
        await using (app.ConfigureAwait(false))
        {
            await Start(app, new IPEndPoint(server.Address, server.Port), cancellation).ConfigureAwait(false);
            if (!IPAddress.IsLoopback(server.Address))
            {
                Log.Line("everybody who can reach this machine can use the page: there is no password.");
            }

            await Console.Out.WriteLineAsync(SamNativeServer.AddressOf(app).ToString()).ConfigureAwait(false);
            Log.Line("Ctrl-C ends it.");
            await app.WaitForShutdownAsync(cancellation).ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private static async Task Start(WebApplication app, IPEndPoint place, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (ListenTrouble.Is(error))
        {
            throw ListenTrouble.Explain(error, place);
        }
    }
}
