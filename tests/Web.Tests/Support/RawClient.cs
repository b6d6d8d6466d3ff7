using System.Net.Sockets;
using System.Text;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>A client that sends what no library would, and leaves as none should.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(2);

    private readonly TcpClient client;

    private RawClient(TcpClient connected) => client = connected;

    public static async Task<RawClient> Connect(Uri site)
    {
        TcpClient connected = new();
        await connected.ConnectAsync(site.Host, site.Port);
        return new RawClient(connected);
    }

    /// <summary>Sends text as it is, its lines ended as HTTP has them.</summary>
    public async Task<RawClient> Send(string text)
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\r\n")));
        return this;
    }

    /// <summary>Reads until some text has come.</summary>
    public async Task<string> ReadUntil(string text)
    {
        using CancellationTokenSource late = new(patience);
        StringBuilder all = new();
        byte[] piece = new byte[4096];
        while (!all.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(piece, late.Token);
            Assert.True(read > 0, $"the answer ended without {text}: {all}");
            all.Append(Encoding.ASCII.GetString(piece, 0, read));
        }

        return all.ToString();
    }

    /// <summary>Leaves without a word: the other side sees that its connection was reset.</summary>
    public void Reset()
    {
        client.Client.LingerState = new LingerOption(true, 0);
        client.Close();
    }

    public void Dispose() => client.Dispose();
}
