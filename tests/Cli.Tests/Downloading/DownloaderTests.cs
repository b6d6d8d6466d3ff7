using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The downloader against servers that fail, lie and change their mind.</summary>
public sealed class DownloaderTests : IDisposable
{
    private readonly DownloadCase it = new();

    public void Dispose() => it.Dispose();

    [Fact]
    public async Task A_whole_file_comes_in_one_request()
    {
        Asked asked = Assert.Single(await it.Succeeds(asked => Reply.Honest(it.Content, asked)));

        Assert.Equal("GET /model.pth HTTP/1.1", asked.Line);
        Assert.StartsWith("samnative/", asked.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Null(asked.From);
        Assert.Empty(it.Said);
    }

    [Fact]
    public async Task Cut_connections_are_resumed()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            using DownloadCase cut = new(seed: seed);
            Random random = new(seed);
            Asked[] asked = await cut.Succeeds(asked => Reply.Honest(cut.Content, asked, "\"one\"") with
            {
                // Always some progress, so that patience lasts; sometimes an end, sometimes a reset.
                CutAfter = asked.Number < 5 ? random.Next(30_000, 60_000) : int.MaxValue,
                Reset = asked.Number < 5 && asked.Number % 2 == 0,
            });

            Assert.Equal(6, asked.Length);
            Assert.All(asked.Where(one => one.From > 0), one => Assert.Equal("\"one\"", one.Headers["If-Range"]));
            Assert.Contains(asked, one => one.From > 100_000);
        }
    }

    [Fact]
    public async Task What_an_earlier_run_has_left_is_not_fetched_again()
    {
        it.Place(it.Partial, it.Content[..123_456]);

        Asked asked = Assert.Single(await it.Succeeds(asked => Reply.Honest(it.Content, asked)));

        Assert.Equal(123_456, asked.From);
    }

    [Fact]
    public async Task A_partial_file_that_is_whole_needs_no_server()
    {
        it.Place(it.Partial, it.Content);

        Assert.Empty(await it.Succeeds(_ => throw new InvalidOperationException("not to be asked")));
    }

    [Fact]
    public async Task A_server_without_ranges_begins_anew()
    {
        Asked[] asked = await it.Succeeds(asked => new Reply(200, it.Content)
        {
            CutAfter = asked.Number < 2 ? 100_000 + asked.Number : int.MaxValue,
        });

        Assert.Equal(3, asked.Length);
        Assert.All(asked.Skip(1), one => Assert.NotNull(one.From));
    }

    [Fact]
    public async Task A_server_that_never_comes_further_is_given_up()
    {
        Asked[] asked = await it.Fails(_ => new Reply(200, it.Content) { CutAfter = 100_000 }, "the connection was cut");

        Assert.Equal(it.Patience.Attempts, asked.Length);
        Assert.Equal(100_000, new FileInfo(it.Partial).Length);
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    [InlineData(5_000_000_000)]
    public async Task Another_length_is_refused_at_once(long length)
    {
        Asked[] asked = await it.Fails(
            _ => new Reply(200, it.Content) { Length = length }, $"offers {length:N0} bytes; the file has 300,000");

        Assert.Single(asked);
        it.AssertNothingKept();
    }

    [Fact]
    public async Task Another_length_of_the_rest_is_refused_and_what_was_there_is_kept()
    {
        it.Place(it.Partial, it.Content[..1000]);

        await it.Fails(
            _ => new Reply(206, it.Content.AsMemory(1000)) { Headers = ["Content-Range: bytes 1000-299999/300001"] },
            "offers 300,001 bytes");

        Assert.Equal(1000, new FileInfo(it.Partial).Length);
    }

    [Fact]
    public async Task More_bytes_than_listed_are_refused_where_no_length_is_announced()
    {
        byte[] endless = [.. it.Content, 0];

        Asked[] asked = await it.Fails(_ => new Reply(200, endless) { Length = null }, "more than the 300,000 bytes");

        Assert.Single(asked);
        it.AssertNothingKept();
    }

    [Fact]
    public async Task A_rest_that_is_longer_than_its_range_is_refused()
    {
        it.Place(it.Partial, it.Content[..1000]);

        await it.Fails(
            _ => new Reply(206, it.Content) { Headers = ["Content-Range: bytes 1000-299999/300000"] },
            "more than the 300,000 bytes");

        it.AssertNothingKept();
    }

    [Fact]
    public async Task An_early_end_without_a_length_is_an_early_end()
    {
        Asked[] asked = await it.Succeeds(asked => asked.Number == 0
            ? new Reply(200, it.Content.AsMemory(0, 70_000)) { Length = null }
            : Reply.Honest(it.Content, asked));

        Assert.Equal(70_000, asked[1].From);
        Assert.Contains("the server stopped after 70,000 bytes", it.Said[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_bytes_are_not_kept()
    {
        byte[] wrong = [.. it.Content];
        wrong[200_000] ^= 1;

        Asked[] asked = await it.Fails(asked => Reply.Honest(wrong, asked), "what came is another file, and is not kept");

        Assert.Single(asked);
        it.AssertNothingKept();
    }

    [Fact]
    public async Task Wrong_bytes_say_where_the_list_may_be_wrong()
    {
        it.Checkpoint = it.Checkpoint with { IsConfirmed = false, Bytes = null };
        byte[] other = [1, 2, 3];

        await it.Fails(asked => Reply.Honest(other, asked), "which was never confirmed and may itself be wrong");
        await it.Fails(asked => Reply.Honest(other, asked), Convert.ToHexStringLower(SHA256.HashData(other)));

        it.AssertNothingKept();
    }

    [Theory]
    [InlineData("Content-Range: bytes 49999-299999/300000")]
    [InlineData("Content-Range: bytes 0-299999/300000")]
    [InlineData("Content-Range: pages 50000-299999/300000")]
    [InlineData("Content-Range: bytes */300000")]
    [InlineData("Content-Range: nonsense")]
    [InlineData("X-Nothing: at all")]
    public async Task A_part_that_was_not_asked_for_is_not_used(string header)
    {
        it.Place(it.Partial, it.Content[..50_000]);

        Asked[] asked = await it.Succeeds(asked => asked.From is null
            ? new Reply(200, it.Content)
            : new Reply(206, it.Content.AsMemory(50_000)) { Headers = [header] });

        Assert.Equal([50_000, null], asked.Select(one => one.From));
    }

    [Fact]
    public async Task A_file_that_changes_is_begun_anew_by_its_tag()
    {
        byte[] old = new byte[it.Content.Length];

        Asked[] asked = await it.Succeeds(asked => asked.Number == 0
            ? Reply.Honest(old, asked, "\"old\"") with { CutAfter = 100_000 }
            : Reply.Honest(it.Content, asked, "\"new\""));

        Assert.Equal(2, asked.Length);
        Assert.Equal("\"old\"", asked[1].Headers["If-Range"]);
    }

    [Fact]
    public async Task A_file_that_changes_without_a_word_is_found_out_by_its_hash()
    {
        byte[] old = new byte[it.Content.Length];

        Asked[] asked = await it.Succeeds(asked => asked.Number == 0
            ? Reply.Honest(old, asked, "W/\"weak\"") with { CutAfter = 100_000 }
            : Reply.Honest(it.Content, asked, "W/\"weak\""));

        Assert.Equal([null, 100_000, null], asked.Select(one => one.From));
        Assert.DoesNotContain("If-Range", asked[1].Headers.Keys);
        Assert.Contains(it.Said, said => said.Contains("do not fit together", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(300_000)]
    [InlineData(400_000)]
    public async Task A_damaged_partial_file_is_replaced(int length)
    {
        it.Place(it.Partial, new byte[length]);

        Asked[] asked = await it.Succeeds(asked => Reply.Honest(it.Content, asked));

        Assert.Equal([length, null], asked.Select(one => one.From));
    }

    [Fact]
    public async Task Redirections_are_followed()
    {
        Asked[] asked = await it.Succeeds(asked => asked.Line.Contains("/model.pth ", StringComparison.Ordinal)
            ? new Reply(302, default) { Headers = ["Location: /elsewhere?signed=yes"] }
            : Reply.Honest(it.Content, asked) with { CutAfter = asked.Number < 2 ? 90_000 : int.MaxValue });

        Assert.Equal([null, null, 90_000, 90_000], asked.Select(one => one.From));
    }

    [Fact]
    public async Task Redirections_that_never_end_do()
    {
        Asked[] asked = await it.Fails(
            _ => new Reply(302, default) { Headers = ["Location: /model.pth?\u001b[31m"] }, "redirects (status 302) too often");

        Assert.InRange(asked.Length, 2, 12);
    }

    [Fact]
    public async Task A_redirection_from_https_to_http_is_not_followed()
    {
        using X509Certificate2 certificate = SelfSigned();
        using LyingServer plain = new(asked => Reply.Honest(it.Content, asked));
        using LyingServer secure = new(
            _ => new Reply(302, default) { Headers = [$"Location: {plain.Address}"] }, certificate);

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(
            () => it.Fetch(secure.Address, adjust: Trusting));

        Assert.Contains("from https to http", error.Message, StringComparison.Ordinal);
        Assert.Empty(plain.Asked);
    }

    [Theory]
    [InlineData("Location: file:///etc/passwd", "to an address that is neither https nor http")]
    [InlineData("Location: ftp://localhost/model.pth", "to an address that is neither https nor http")]
    [InlineData("Location: gopher://localhost/", "to an address that is neither https nor http")]
    [InlineData("Location: javascript:alert(1)", "to an address that is neither https nor http")]
    [InlineData("Location: http://", "to nowhere")]
    [InlineData("X-Nothing: at all", "to nowhere")]
    public async Task A_redirection_to_another_scheme_gets_a_sentence(string header, string problem)
    {
        foreach (int status in new[] { 301, 302, 303, 307, 308 })
        {
            Assert.Single(await it.Fails(
                _ => new Reply(status, default) { Headers = [header] },
                $"the server redirects (status {status}) {problem}, which is not followed"));
        }

        it.AssertNothingKept();
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_refused_at_once()
    {
        using X509Certificate2 certificate = SelfSigned();
        using LyingServer secure = new(asked => Reply.Honest(it.Content, asked), certificate);

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(secure.Address));
        Assert.Contains("certificate is not trusted", error.Message, StringComparison.Ordinal);
        Assert.Empty(it.Said);

        Assert.True(await it.Fetch(secure.Address, adjust: Trusting));
        it.AssertWhole();
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(204)]
    public async Task A_clear_no_is_not_asked_again(int status) =>
        Assert.Single(await it.Fails(_ => new Reply(status, default), $"status {status}"));

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task Trouble_of_the_server_is_waited_out(int status)
    {
        Asked[] asked = await it.Succeeds(asked =>
            asked.Number < 2 ? new Reply(status, default) : Reply.Honest(it.Content, asked));
        Assert.Equal(3, asked.Length);
        File.Delete(it.Target);

        asked = await it.Fails(_ => new Reply(status, default), $"status {status}");
        Assert.Equal(it.Patience.Attempts, asked.Length);
    }

    [Fact]
    public async Task A_server_says_how_long_to_wait()
    {
        Asked[] asked = await it.Succeeds(asked => asked.Number == 0
            ? new Reply(503, default) { Headers = ["Retry-After: 1"] }
            : Reply.Honest(it.Content, asked));

        Assert.True(asked[1].At - asked[0].At > TimeSpan.FromSeconds(0.9));
        Assert.Contains("status 503; trying again in 1 s (1 of 3)", it.Said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Waits_double_up_to_a_limit()
    {
        Patience patience = new() { FirstWait = TimeSpan.FromSeconds(1), LongestWait = TimeSpan.FromSeconds(60) };

        Assert.Equal([1, 2, 4, 8, 60], new[] { 1, 2, 3, 4, 9 }.Select(n => patience.WaitAfter(n, null).TotalSeconds));
        Assert.Equal(30, patience.WaitAfter(2, TimeSpan.FromSeconds(30)).TotalSeconds);
        Assert.Equal(60, patience.WaitAfter(1, TimeSpan.FromDays(30)).TotalSeconds);
        Assert.Equal(4, patience.WaitAfter(3, TimeSpan.FromSeconds(-5)).TotalSeconds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task A_server_that_falls_silent_is_left(int after)
    {
        it.Patience = it.Patience with { Stall = TimeSpan.FromSeconds(2) };

        Asked[] asked = await it.Succeeds(asked => Reply.Honest(it.Content, asked) with
        {
            HangAfter = asked.Number == 0 ? after : int.MaxValue,
        });

        Assert.Equal(after == 0 ? null : after, asked[1].From);
        Assert.Contains("nothing, or next to nothing, came for 2 s", it.Said[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_only_drips_is_left_too()
    {
        it.Patience = it.Patience with { Stall = TimeSpan.FromSeconds(1), Attempts = 2 };

        Asked[] asked = await it.Fails(
            asked => Reply.Honest(it.Content, asked) with { Drip = (10, 20) }, "nothing, or next to nothing");

        Assert.Equal(2, asked.Length);
        Assert.InRange(new FileInfo(it.Partial).Length, 10, 3000);
    }

    [Fact]
    public async Task Without_a_server_the_cure_is_named()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Uri nobody = new($"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/model.pth");
        listener.Stop();

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(nobody));

        Assert.Contains($"small could not be downloaded from {nobody}: no connection can be made (", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("HTTPS_PROXY", error.Message, StringComparison.Ordinal);
        Assert.Contains($"save it as {it.Target}", error.Message, StringComparison.Ordinal);
        Assert.Contains("samnative download small --offline", error.Message, StringComparison.Ordinal);
        Assert.Equal(it.Patience.Attempts - 1, it.Said.Count);
    }

    [Theory]
    [InlineData("SSH-2.0-\u001b[31mred\r\n\r\n")]
    [InlineData("HTTP/1.1 999999 \u001b[31mred\r\n\r\n")]
    [InlineData("HTTP/1.1 500 \u001b[31mred\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: \u001b[31mred\r\n\r\n")]
    [InlineData("HTTP/1.1 404 OK\r\n\u001b[31mred: x\r\n\r\n")]
    [InlineData("")]
    public async Task What_a_server_says_is_never_shown(string raw)
    {
        using LyingServer server = new(_ => new Reply(0, default) { Raw = raw });

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(server.Address));

        Assert.All(it.Said.Append(error.Message), said => Assert.DoesNotContain("[31m", said, StringComparison.Ordinal));
        it.AssertNothingKept();
    }

    [Fact]
    public async Task A_length_nobody_knows_is_no_obstacle()
    {
        it.Checkpoint = it.Checkpoint with { Bytes = null };

        await it.Succeeds(_ => new Reply(200, it.Content) { Length = null });
        File.Delete(it.Target);
        await it.Succeeds(asked => Reply.Honest(it.Content, asked) with
        {
            CutAfter = asked.Number == 0 ? 1000 : int.MaxValue,
        });
        File.Delete(it.Target);
        await it.Fails(_ => new Reply(200, it.Content) { Length = 5L << 30 }, "the file has 4,294,967,296 at most");
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        using CancellationTokenSource cancel = new();
        using LyingServer slow = new(asked => Reply.Honest(it.Content, asked) with { HangAfter = 150_000 });
        Task<bool> fetching = it.Fetch(slow.Address, cancellation: cancel.Token);
        while (!File.Exists(it.Partial) || new FileInfo(it.Partial).Length < 150_000)
        {
            Assert.False(fetching.IsCompleted);
            await Task.Delay(5);
        }

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.False(File.Exists(it.Target));
        Assert.Equal(150_000, Assert.Single(await it.Succeeds(asked => Reply.Honest(it.Content, asked))).From);
    }

    [Fact]
    public async Task Two_at_once_fetch_it_once()
    {
        using LyingServer server = new(asked => Reply.Honest(it.Content, asked) with { Drip = (30_000, 30) });

        bool[] fetched = await Task.WhenAll(it.Fetch(server.Address), it.Fetch(server.Address));

        Assert.Single(fetched, one => one);
        Assert.Single(server.Asked);
        Assert.Contains("another process is downloading small", Assert.Single(it.Said), StringComparison.Ordinal);
        it.AssertWhole();
    }

    [Fact]
    public async Task What_exists_is_replaced_only_when_told_to()
    {
        it.Place(it.Target, [1, 2, 3]);
        using LyingServer server = new(asked => Reply.Honest(it.Content, asked));

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(server.Address));
        Assert.Contains("is not small: its SHA-256 is 039058c6", error.Message, StringComparison.Ordinal);
        Assert.Contains("--force", error.Message, StringComparison.Ordinal);
        it.AssertTarget([1, 2, 3]);
        Assert.Empty(server.Asked);

        Assert.True(await it.Fetch(server.Address, overwrite: true));
        it.AssertWhole();
        Assert.False(await it.Fetch(server.Address));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_forced_download_that_fails_leaves_what_exists()
    {
        it.Place(it.Target, [1, 2, 3]);
        using LyingServer server = new(_ => new Reply(200, new byte[300_000]));

        await Assert.ThrowsAsync<CommandFailedException>(() => it.Fetch(server.Address, overwrite: true));

        it.AssertTarget([1, 2, 3]);
        it.AssertNothingKept();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_is_named()
    {
        await File.WriteAllTextAsync(Path.GetDirectoryName(it.Target)!, "no folder");

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(
            () => it.Fetch(new Uri("http://localhost:1/model.pth")));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Contains("SAMNATIVE_HOME names another folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_permission_is_named()
    {
        // A folder of that name: the system answers as for a file that may not be written, to root as well.
        Directory.CreateDirectory(it.Partial);

        CommandFailedException error = await Assert.ThrowsAsync<CommandFailedException>(
            () => it.Fetch(new Uri("http://localhost:1/model.pth")));

        Assert.Contains($"{it.Partial} cannot be written: this user may not write there", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(28)]
    [InlineData(unchecked((int)0x80070070))]
    public void A_full_disk_is_named(int code)
    {
        CommandFailedException error = DiskTrouble.Explain(new IOException("No space left on device", code), "/a/b");

        Assert.StartsWith("/a/b cannot be written: the disk is full. Make room", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_a_server_does_the_target_is_whole_or_missing()
    {
        int whole = 0;
        const int Rounds = 150;
        for (int seed = 0; seed < Rounds; seed++)
        {
            using DownloadCase wild = new(bytes: 40_000, seed: seed);
            wild.Patience = wild.Patience with { Progress = 5_000, Attempts = 3, Stall = Waiting.Bound };
            wild.Checkpoint = seed % 3 == 0 ? wild.Checkpoint with { Bytes = null } : wild.Checkpoint;
            Random random = new(seed);
            using LyingServer server = new(asked => WildReply(wild.Content, asked, random));
            try
            {
                Assert.True(await wild.Fetch(server.Address));
                wild.AssertWhole();
                whole++;
            }
            catch (CommandFailedException)
            {
                Assert.False(File.Exists(wild.Target), $"seed {seed}");
            }
        }

        // Otherwise the servers were too kind or too bad to say anything.
        Assert.InRange(whole, Rounds / 5, Rounds - (Rounds / 10));
    }

    /// <summary>An answer with at most a few lies in it.</summary>
    private static Reply WildReply(byte[] content, Asked asked, Random random)
    {
        byte[] said = [.. content];
        if (random.Next(8) == 0)
        {
            said[random.Next(said.Length)] ^= 0x20;
        }

        Reply reply = Reply.Honest(said, asked, random.Next(2) == 0 ? "\"tag\"" : null);
        return random.Next(10) switch
        {
            0 => reply with { Status = random.Next(2) == 0 ? 200 : 206 },
            1 => reply with { Length = null },
            2 => reply with { Length = random.Next(2 * content.Length), CutAfter = random.Next(content.Length) },
            3 => reply with { Body = said, Headers = [$"Content-Range: bytes {random.Next(5)}-39999/40000"] },
            4 => new Reply(random.Next(400, 600), default),
            5 => new Reply(200, said),
            6 or 7 => reply with { CutAfter = random.Next(content.Length), Reset = random.Next(2) == 0 },
            _ => reply,
        };
    }

    private static void Trusting(SocketsHttpHandler handler) =>
        handler.SslOptions.RemoteCertificateValidationCallback =
            (_, certificate, _, _) => certificate?.Subject == "CN=localhost";

    private static X509Certificate2 SelfSigned()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        // Windows serves only with keys that were stored once.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }
}
