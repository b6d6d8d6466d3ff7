using System.Diagnostics;

namespace SamNative.Cli.Tests;

/// <summary>
/// A process that downloads one small file. The program itself cannot be told to: its list of files is fixed, and there
/// is no way round the listed hashes, not even for tests.
/// </summary>
internal static class DownloadChild
{
    /// <summary>The first argument that makes the tests be this process.</summary>
    public const string Word = "download-child";

    /// <summary>Starts it.</summary>
    public static Process Start(Uri address, KnownCheckpoint checkpoint, string target)
    {
        string[] arguments = [Word, address.AbsoluteUri, checkpoint.Sha256, $"{checkpoint.Bytes}", target];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { UseShellExecute = false })!;
    }

    /// <summary>What it does.</summary>
    /// <returns>0 if the file is there in the end.</returns>
    public static async Task<int> Run(string[] arguments)
    {
        KnownCheckpoint checkpoint = DownloadCase.Known(arguments[1], long.Parse(arguments[2]));
        SocketsHttpHandler handler = Downloader.Handler();
        handler.UseProxy = false;
        using HttpClient client = Downloader.Client(handler);
        DownloadStatus status = new(checkpoint.Name, new StatusLine(TextWriter.Null, shown: false), _ => { });
        await new Downloader(client, new Patience(), status).Fetch(
            checkpoint, new Uri(arguments[0]), arguments[3], overwrite: false, CancellationToken.None);
        return 0;
    }
}
