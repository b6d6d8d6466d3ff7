using System.Security.Cryptography;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>A small checkpoint of the tests' own, a folder to download it to, and a downloader without much patience.</summary>
internal sealed class DownloadCase : IDisposable
{
    private readonly WorkFolder folder = new();

    public DownloadCase(int bytes = 300_000, int seed = 1)
    {
        Content = new byte[bytes];
        new Random(seed).NextBytes(Content);
        Checkpoint = Known(Convert.ToHexStringLower(SHA256.HashData(Content)), bytes);
    }

    /// <summary>The right content.</summary>
    public byte[] Content { get; }

    /// <summary>What the list of the tests says about it.</summary>
    public KnownCheckpoint Checkpoint { get; set; }

    public Patience Patience { get; set; } = new()
    {
        Attempts = 4,
        FirstWait = TimeSpan.FromMilliseconds(1),
        Progress = 20_000,
    };

    /// <summary>Where it is downloaded to; its folder does not exist yet.</summary>
    public string Target => folder.File("models/model.pth");

    public string Partial => PartialFile.PathOf(Target);

    /// <summary>What was said meanwhile.</summary>
    public List<string> Said { get; } = [];

    /// <summary>An entry of a list for a file of that hash and length.</summary>
    public static KnownCheckpoint Known(string sha256, long? bytes, bool isConfirmed = true) =>
        new("small", "model.pth", bytes, sha256, isConfirmed, "models--none", SamConfig.VitB);

    /// <summary>Puts something where the target or what has arrived of it goes.</summary>
    public void Place(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        File.WriteAllBytes(path, content);
    }

    /// <summary>Downloads it.</summary>
    /// <param name="adjust">Changes the handler, for https.</param>
    public async Task<bool> Fetch(
        Uri address, bool overwrite = false, Action<SocketsHttpHandler>? adjust = null,
        CancellationToken cancellation = default)
    {
        SocketsHttpHandler handler = Downloader.Handler();
        handler.UseProxy = false;
        adjust?.Invoke(handler);
        using HttpClient client = Downloader.Client(handler);
        DownloadStatus status = new(Checkpoint.Name, new StatusLine(TextWriter.Null, shown: true), Said.Add);
        return await new Downloader(client, Patience, status).Fetch(
            Checkpoint, address, Target, overwrite, cancellation);
    }

    /// <summary>Downloads it from a server that answers so, which must end well; gives what the server was asked.</summary>
    public async Task<Asked[]> Succeeds(Func<Asked, Reply> answer)
    {
        using LyingServer server = new(answer);
        Assert.True(await Fetch(server.Address));
        AssertWhole();
        return [.. server.Asked];
    }

    /// <summary>Downloads it, which must fail with such a message and no target; gives what the server was asked.</summary>
    public async Task<Asked[]> Fails(Func<Asked, Reply> answer, string saying)
    {
        using LyingServer server = new(answer);
        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => Fetch(server.Address));
        Assert.Contains(saying, error.Message, StringComparison.Ordinal);
        Assert.Contains($"save it as {Target}", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        return [.. server.Asked];
    }

    /// <summary>The target is there and right, and nothing else but the file of the lock.</summary>
    public void AssertWhole()
    {
        AssertTarget(Content);
        AssertNothingKept();
    }

    /// <summary>The target holds that.</summary>
    public void AssertTarget(byte[] content) => Assert.Equal(content, File.ReadAllBytes(Target));

    /// <summary>Nothing partial is there.</summary>
    public void AssertNothingKept() => Assert.All(
        Directory.GetFileSystemEntries(Path.GetDirectoryName(Target)!),
        path => Assert.Contains(path, new[] { Target, DownloadLock.PathOf(Target) }));

    public void Dispose() => folder.Dispose();
}
