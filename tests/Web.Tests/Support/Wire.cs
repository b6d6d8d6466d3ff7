using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>
/// A connection of a client that sends what no library would, as slowly as it likes, from an address of its own, and leaves
/// as none should.
/// </summary>
internal sealed class Wire : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);

    private readonly Socket socket;

    private Wire(Socket connected)
    {
        socket = connected;
        Stream = new NetworkStream(connected, ownsSocket: true);
    }

    /// <summary>What comes back.</summary>
    public NetworkStream Stream { get; }

    /// <summary>Whether this system lets clients have addresses of their own: all of 127.0.0.0/8.</summary>
    public static bool HasAddresses => OperatingSystem.IsLinux() || OperatingSystem.IsWindows();

    /// <summary>Whether the server has closed it without a word.</summary>
    public bool IsClosed => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    /// <summary>Connects from 127.0.0.N.</summary>
    /// <param name="receiveBuffer">What the system may keep of an answer that is not read, if that matters.</param>
    public static async Task<Wire> Connect(Uri site, byte client = 1, int? receiveBuffer = null)
    {
        Socket opened = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        opened.ReceiveBufferSize = receiveBuffer ?? opened.ReceiveBufferSize;
        opened.Bind(new IPEndPoint(new IPAddress([127, 0, 0, client]), 0));
        await opened.ConnectAsync(IPAddress.Loopback, site.Port);
        return new Wire(opened);
    }

    /// <summary>A client whose requests come from 127.0.0.N.</summary>
    public static HttpClient Client(Uri site, byte client)
    {
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            ConnectCallback = async (_, _) => (await Connect(site, client)).Stream,
        };
        return new HttpClient(handler) { BaseAddress = site, Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>Begins a request and says how long its body will be, whether or not that comes true.</summary>
    public async Task Begin(string path, long bytes, string type = "image/png")
    {
        string header = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {type}\r\nContent-Length: {bytes}\r\n\r\n");
        await Send(Encoding.ASCII.GetBytes(header));
    }

    /// <summary>Sends text as it is, its lines ended as HTTP has them.</summary>
    public async Task Send(string text) => await Send(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\r\n")));

    /// <summary>Sends bytes.</summary>
    public async Task Send(ReadOnlyMemory<byte> bytes) => await Stream.WriteAsync(bytes);

    /// <summary>Sends zeros at a rate until all are sent or the server has enough.</summary>
    public async Task Drip(long bytes, int perSecond, CancellationToken cancellation)
    {
        byte[] tenth = new byte[Math.Max(1, perSecond / 10)];
        try
        {
            for (long sent = 0; sent < bytes && !cancellation.IsCancellationRequested; sent += tenth.Length)
            {
                await Send(tenth.AsMemory(0, (int)Math.Min(tenth.Length, bytes - sent)));
                await Task.Delay(100, cancellation);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // It was enough.
        }
    }

    /// <summary>The answer, to its last chunk or as far as it comes.</summary>
    public async Task<string> Answer()
    {
        using CancellationTokenSource late = new(patience);
        StringBuilder answer = new();
        byte[] part = new byte[4096];
        try
        {
            for (int read; !EndsWith(answer, "\r\n0\r\n\r\n") && (read = await Stream.ReadAsync(part, late.Token)) > 0;)
            {
                answer.Append(Encoding.Latin1.GetString(part.AsSpan(0, read)));
            }
        }
        catch (IOException)
        {
            // The server closed it.
        }

        return answer.ToString();
    }

    /// <summary>Reads until some text has come.</summary>
    public async Task<string> ReadUntil(string text)
    {
        using CancellationTokenSource late = new(patience);
        StringBuilder all = new();
        byte[] piece = new byte[4096];
        while (!all.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read = await Stream.ReadAsync(piece, late.Token);
            Assert.True(read > 0, $"the answer ended without {text}: {all}");
            all.Append(Encoding.ASCII.GetString(piece, 0, read));
        }

        return all.ToString();
    }

    /// <summary>Leaves without a word: the other side sees that its connection was reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => Stream.Dispose();

    private static bool EndsWith(StringBuilder text, string end) =>
        text.Length >= end.Length && text.ToString(text.Length - end.Length, end.Length) == end;
}
