using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The verb serve of the program.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task It_prints_its_address_serves_and_ends_with_Ctrl_C()
    {
        using RunningProgram server = RunningProgram.Start(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0"]);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = AddressOf(server),
            Timeout = Waiting.Bound,
        };
        JsonElement model = JsonElement.Parse(await client.GetStringAsync(new Uri("model", UriKind.Relative)));
        Assert.Equal("demo", model.GetProperty("model").GetString());
        Assert.Contains("samnative download vit_b", model.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.True(client.BaseAddress.IsLoopback);

        Ran.Of(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", $"{client.BaseAddress.Port}"])
            .Failed(1, "address already in use");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no Ctrl-C to a process without a console");
        server.PressControlC();
        Ran ended = server.End();
        Assert.Equal(130, ended.ExitCode);
        Assert.Contains("cancelled.", ended.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// An encode, one that waits behind it, an upload and a JSON body that do not come to their end, half a head, an
    /// answer that nobody reads, and a connection that does nothing: none of them holds the server up.
    /// </summary>
    [Fact]
    public async Task Whatever_is_in_flight_Ctrl_C_ends_it_within_two_seconds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no Ctrl-C to a process without a console");
        using TemporaryFolder folder = new();
        string model = folder.File("slow.safetensors");
        using (SyntheticCheckpoint slow = new(TestFiles.SlowConfig))
        {
            slow.ToWriter().Save(model);
        }

        // On a busy machine a process may wait for its turn: it has to be that fast once.
        List<double> seconds = [];
        do
        {
            seconds.Add(await SecondsToEnd(model));
        }
        while (seconds[^1] >= 2 && seconds.Count < 5);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', seconds));
        Assert.True(seconds[^1] < 2, $"it took {string.Join(", ", seconds)} s");
    }

    [Fact]
    public async Task What_is_malformed_or_cut_off_is_one_line_of_the_log_at_most()
    {
        using RunningProgram server = RunningProgram.Start(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0"]);
        Uri address = AddressOf(server);
        foreach (string path in new[] { "pictures", "predict", "export/mask" })
        {
            string head = $"POST /{path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\n";
            using (Wire chunks = await Wire.Connect(address))
            {
                await chunks.Send($"{head}Transfer-Encoding: chunked\n\nno chunk\n\n");
                Assert.StartsWith("HTTP/1.1 400 ", await chunks.ReadUntil("bad_request"), StringComparison.Ordinal);
            }

            using Wire resets = await Wire.Connect(address);
            await resets.Send($"{head}Expect: 100-continue\nContent-Length: 50000\n\n");
            await resets.ReadUntil("100 Continue");
            await resets.Send("the beginning");
            resets.Reset();
        }

        foreach (string head in new[] { "GET /\n\n", "\u0016\u0003\u0001\n\n", "GET / HTTP/1.1\nHost: xn--99999999999\n\n" })
        {
            using Wire strange = await Wire.Connect(address);
            await strange.Send(head);
            Assert.StartsWith("HTTP/1.1 400 ", await strange.ReadUntil("\r\n"), StringComparison.Ordinal);
        }

        using (HttpClient client = new(new SocketsHttpHandler { UseProxy = false }))
        {
            await client.GetStringAsync(new Uri(address, "model"));
        }

        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no Ctrl-C to a process without a console");
        server.PressControlC();
        string[] lines = server.End().Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("samnative: Ctrl-C ends it.", lines[0]);
        Assert.Equal("samnative: cancelled.", lines[^1]);
        Assert.InRange(lines.Length - 2, 3, 6);
        Assert.All(
            lines[1..^1],
            line => Assert.Matches("^warn: .* /(pictures|predict|export/mask): the (request is malformed|client broke off)", line));
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public async Task It_answers_at_the_address_that_it_prints(string host)
    {
        Assert.SkipUnless(host != "::1" || Socket.OSSupportsIPv6, "this machine has no IPv6");
        using RunningProgram server = RunningProgram.Start(
            RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0", "--host", host]);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = AddressOf(server) };

        Assert.Contains("demo", await client.GetStringAsync(new Uri("model", UriKind.Relative)), StringComparison.Ordinal);
    }

    /// <summary>With the name of the machine as well, for addresses alone do not show that a name is allowed.</summary>
    [Fact]
    public async Task A_name_to_listen_on_is_a_name_to_answer_to()
    {
        string name = Dns.GetHostName();
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(name);
        Assert.SkipUnless(addresses is [{ } first, ..] && IPAddress.IsLoopback(first), $"{name} does not lead to itself");
        using RunningProgram server = RunningProgram.Start(
            RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0", "--host", name]);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false });
        Uri address = new($"http://{name}:{AddressOf(server).Port}/model");

        Assert.Contains("demo", await client.GetStringAsync(address), StringComparison.Ordinal);
    }

    /// <summary>203.0.113.0/24 and fe80::1 are nobody's.</summary>
    [Theory]
    [InlineData("--host 203.0.113.1", "203.0.113.1:5080 cannot be listened on: it is no address of this machine.")]
    [InlineData("--host fe80::1", "[fe80::1]:5080 cannot be listened on: a link-local address needs its interface")]
    [InlineData("--host 2001:db8::1", "[2001:db8::1]:5080 cannot be listened on: ")]
    [InlineData("--host no-such-machine.invalid", "--host no-such-machine.invalid: no address of this name is known.")]
    public void An_address_that_is_not_there_is_one_sentence(string options, string saying)
    {
        Assert.SkipUnless(!options.Contains("::", StringComparison.Ordinal) || Socket.OSSupportsIPv6, "this machine has no IPv6");
        Ran ran = Ran.Of(RunningProgram.Samnative, ["serve", "-m", "demo", .. options.Split(' ')]);
        ran.Failed(1, saying);
        Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_port_that_this_user_may_not_have_is_one_sentence()
    {
        const string First = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
        Assert.SkipUnless(File.Exists(First) && File.ReadAllText(First).Trim() == "1024", "everybody may have every port");
        bool isRoot = Environment.UserName == "root";
        Assert.SkipUnless(!isRoot || Ran.Has("setpriv"), "root may have every port, and there is no setpriv");
        string[] command = [RunningProgram.Samnative, "serve", "-m", "demo", "--port", "80"];
        string[] asNobody = ["setpriv", "--bounding-set=-net_bind_service", .. command];

        Ran ran = isRoot ? Ran.Of(asNobody[0], asNobody[1..]) : Ran.Of(command[0], command[1..]);

        ran.Failed(1, "127.0.0.1:80 cannot be listened on: the system does not let this user. Choose a port from 1024 up");
        Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The names and the proxies that are given arrive at the server.</summary>
    [Fact]
    public async Task It_may_have_names_and_proxies()
    {
        using RunningProgram server = RunningProgram.Start(
            RunningProgram.Samnative,
            [
                "serve", "-m", "demo", "--port", "0", "--allow-host", "segment.example", "--allow-host", "*.wild.example",
                "--proxy", "::1", "--proxy", "127.0.0.0/8",
            ]);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = AddressOf(server) };
        foreach ((string name, HttpStatusCode expected) in new[]
            {
                ("segment.example", HttpStatusCode.OK),
                ("a.wild.example", HttpStatusCode.OK),
                ("evil.example", HttpStatusCode.BadRequest),
            })
        {
            foreach (string header in new[] { "Host", "X-Forwarded-Host" })
            {
                using HttpRequestMessage request = new(HttpMethod.Get, "model");
                request.Headers.Add(header, name);
                using HttpResponseMessage response = await client.SendAsync(request);
                Assert.Equal((name, header, expected), (name, header, response.StatusCode));
            }
        }
    }

    [Theory]
    [InlineData("--port 65536", "give a whole number from 0 to 65535")]
    [InlineData("--port x", "give a whole number from 0 to 65535")]
    [InlineData("--port -1", "give a whole number from 0 to 65535")]
    [InlineData("--host http://127.0.0.1", "give an IP address")]
    [InlineData("--host 127.0.0.1:80", "give an IP address")]
    [InlineData("--allow-host segment.example:80", "give a name without scheme and port")]
    [InlineData("--allow-host https://segment.example", "give a name without scheme and port")]
    [InlineData("--allow-host *", "give a name without scheme and port")]
    [InlineData("--proxy nginx", "give an IP address, or a network")]
    [InlineData("--proxy 10.0.0.0/33", "give an IP address, or a network")]
    public void Wrong_usage_ends_with_2(string options, string saying) =>
        Ran.Of(RunningProgram.Samnative, ["serve", .. options.Split(' ')]).Failed(2, saying);

    /// <summary>Starts a server, gives it all it can be held up with, and ends it.</summary>
    [SuppressMessage("Reliability", "CA2025", Justification = "The request that waits is awaited at the end.")]
    private static async Task<double> SecondsToEnd(string model)
    {
        using RunningProgram server = RunningProgram.Start(RunningProgram.Samnative, ["serve", "-m", model, "--port", "0"]);
        Uri address = AddressOf(server);
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        using HttpRequestMessage upload = Upload(TestFiles.Playground), next = Upload(TestFiles.Tree);
        using HttpResponseMessage encode = await client.SendAsync(upload, HttpCompletionOption.ResponseHeadersRead);
        Task<HttpResponseMessage> waiting = client.SendAsync(next, HttpCompletionOption.ResponseHeadersRead);
        List<Wire> others = [];
        try
        {
            foreach (string text in new[]
                {
                    "POST /pictures HTTP/1.1\nHost: localhost\nContent-Length: 1000000\n\nthe beginning",
                    "POST /predict HTTP/1.1\nHost: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n1\n{",
                    "POST /pictures HTTP/1.1\nHost: local",
                    string.Concat(Enumerable.Repeat("GET /sample HTTP/1.1\nHost: localhost\n\n", 1000)),
                    string.Empty,
                })
            {
                Wire other = await Wire.Connect(address);
                others.Add(other);
                await other.Send(text);
            }

            // Those that came last are being served as well.
            await client.GetStringAsync(new Uri("model", UriKind.Relative));
            Stopwatch clock = Stopwatch.StartNew();
            server.PressControlC();
            Ran ended = server.End();
            double seconds = clock.Elapsed.TotalSeconds;

            Assert.Equal(130, ended.ExitCode);
            Assert.EndsWith("samnative: Ctrl-C ends it.\nsamnative: cancelled.\n", ended.Error, StringComparison.Ordinal);
            return seconds;
        }
        finally
        {
            others.ForEach(other => other.Dispose());
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        static HttpRequestMessage Upload(byte[] file) => new(HttpMethod.Post, "pictures")
        {
            Content = new ByteArrayContent(file),
            Headers = { Accept = { new("text/event-stream") } },
        };
    }

    private static Uri AddressOf(RunningProgram server)
    {
        server.WaitUntil(() => server.TextSoFar.EndsWith('\n'));
        return new Uri(server.TextSoFar.TrimEnd());
    }
}
