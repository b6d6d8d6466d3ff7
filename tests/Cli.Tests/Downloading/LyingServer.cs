using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SamNative.Cli.Tests;

/// <summary>What a client asked for.</summary>
internal sealed record Asked(string Line, IReadOnlyDictionary<string, string> Headers, int Number, DateTime At)
{
    /// <summary>The first byte of the range that was asked for, or null.</summary>
    public long? From => Headers.TryGetValue("Range", out string? range)
        ? long.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
        : null;
}

/// <summary>What the server says and does; nothing need fit to anything.</summary>
internal sealed record Reply(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>Stands in place of the whole head where it is not null.</summary>
    public string? Raw { get; init; }

    /// <summary>The length that is announced; null announces none. Without it the length of the body.</summary>
    public long? Length { get; init; } = Body.Length;

    public string[] Headers { get; init; } = [];

    /// <summary>Bytes of the body after which the connection is closed.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>Closes with a reset, not with an end.</summary>
    public bool Reset { get; init; }

    /// <summary>Bytes of the body after which nothing comes any more, though the connection stays.</summary>
    public int HangAfter { get; init; } = int.MaxValue;

    /// <summary>Bytes that are sent at once, and the wait after each of them.</summary>
    public (int Bytes, int Milliseconds) Drip { get; init; } = (1 << 16, 0);

    /// <summary>An honest answer, with ranges and a tag.</summary>
    public static Reply Honest(byte[] content, Asked asked, string? tag = null)
    {
        string[] headers = tag is null ? [] : [$"ETag: {tag}"];
        bool isSame = !asked.Headers.TryGetValue("If-Range", out string? wanted) || wanted == tag;
        if (asked.From is not long from || !isSame)
        {
            return new Reply(200, content) { Headers = headers };
        }

        return from < content.Length
            ? new Reply(206, content.AsMemory((int)from))
            {
                Headers = [.. headers, $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}"],
            }
            : new Reply(416, default) { Headers = [$"Content-Range: bytes */{content.Length}"] };
    }
}

/// <summary>
/// An HTTP server of the tests' own, by hand: a real one would not cut connections, nor lie about lengths.
/// </summary>
internal sealed class LyingServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Func<Asked, Reply> answer;
    private readonly X509Certificate2? certificate;
    private readonly Task accepting;

    /// <summary>Starts it.</summary>
    /// <param name="certificate">For https; null for http.</param>
    public LyingServer(Func<Asked, Reply> answer, X509Certificate2? certificate = null)
    {
        this.answer = answer;
        this.certificate = certificate;
        listener.Start();
        accepting = Accept();
    }

    /// <summary>The folder it serves.</summary>
    public string Folder => $"{(certificate is null ? "http" : "https")}://localhost:{Port}/";

    public Uri Address => new(new Uri(Folder), "model.pth");

    /// <summary>Everything that was asked for, in order.</summary>
    public ConcurrentQueue<Asked> Asked { get; } = new();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose()
    {
        end.Cancel();
        listener.Dispose();
        accepting.Wait();
        end.Dispose();
    }

    private async Task Accept()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                serving.Add(Serve(await listener.AcceptTcpClientAsync(end.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                Stream stream = client.GetStream();
                if (certificate is not null)
                {
                    SslStream secure = new(stream);
                    await secure.AuthenticateAsServerAsync(certificate);
                    stream = secure;
                }

                await using (stream)
                {
                    Asked asked = await ReadRequest(stream);
                    Asked.Enqueue(asked);
                    Reply reply = answer(asked);
                    await Send(stream, reply);
                    if (reply.Reset)
                    {
                        client.Client.LingerState = new LingerOption(true, 0);
                        client.Client.Close();
                    }
                }
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException
                or ObjectDisposedException)
            {
                // The client may go away whenever it likes.
            }
        }
    }

    private async Task<Asked> ReadRequest(Stream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, end.Token);
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        return new Asked(lines[0], headers, Asked.Count, DateTime.UtcNow);
    }

    private async Task Send(Stream stream, Reply reply)
    {
        string length = reply.Length is long announced ? $"Content-Length: {announced}\r\n" : string.Empty;
        string headers = string.Concat(reply.Headers.Select(header => $"{header}\r\n"));
        string head = reply.Raw ?? $"HTTP/1.1 {reply.Status} Word\r\nConnection: close\r\n{length}{headers}\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), end.Token);
        int last = Math.Min(reply.Body.Length, Math.Min(reply.CutAfter, reply.HangAfter));
        for (int sent = 0; sent < last; sent += reply.Drip.Bytes)
        {
            await stream.WriteAsync(reply.Body[sent..Math.Min(sent + reply.Drip.Bytes, last)], end.Token);
            await Task.Delay(reply.Drip.Milliseconds, end.Token);
        }

        if (reply.HangAfter < int.MaxValue)
        {
            await Task.Delay(Timeout.Infinite, end.Token);
        }
    }
}
