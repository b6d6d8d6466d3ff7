using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using SamNative.Imaging;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>Bodies that are large, slow, many, or never come: who sends them holds up nobody else.</summary>
public sealed class BodyTests
{
    private const string Busy = "HTTP/1.1 429 ";

    /// <summary>Slow is what brings less than 2 KB in a second.</summary>
    private static readonly SamNativeWebOptions impatient = new() { RateWindow = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Slow_uploads_turn_nobody_away()
    {
        const int Count = 60;
        await using Site site = await Site.Open(new SamNativeWebOptions { RateWindow = TimeSpan.FromSeconds(3) });
        using CancellationTokenSource enough = new();
        Wire[] slow = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => Wire.Connect(site.Address)));
        Task[] dripping = [.. slow.Select(async (wire, i) =>
        {
            await (i % 2 == 0 ? wire.Begin("pictures", 1_000_000) : wire.Begin("predict", 10_000, "application/json"));
            await wire.Drip(10_000, 300, enough.Token);
        })];
        await Until(() => site.Segmenter.Intake.Memory.Bytes == Count * BodyMemory.SegmentBytes);

        string id = await site.Upload(TestFiles.Tree);
        await site.Ask("predict", $$"""{"id":"{{id}}","points":[[30,40]]}""");

        string[] answers = await Task.WhenAll(slow.Select(wire => wire.Answer()));
        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.Contains("\"code\":\"too_slow\"", answer, StringComparison.Ordinal));
        await enough.CancelAsync();
        await Task.WhenAll(dripping);
        Array.ForEach(slow, wire => wire.Dispose());
        Assert.Equal(0, site.Segmenter.Intake.Memory.Bytes);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_holds_nothing()
    {
        await using Site site = await Site.Open(impatient);
        Wire[] open = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Wire.Connect(site.Address)));
        await Task.WhenAll(open.Select((wire, i) => i % 2 == 0
            ? wire.Begin("pictures", 30_000_000)
            : wire.Begin("predict", 100, "application/json")));

        await site.Upload(TestFiles.Tree);

        Assert.Equal(0, site.Segmenter.Intake.Memory.Bytes);
        string[] answers = await Task.WhenAll(open.Select(wire => wire.Answer()));
        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Array.ForEach(open, wire => wire.Dispose());
    }

    [Fact]
    public async Task Connections_and_places_are_shared_between_clients()
    {
        Assert.SkipUnless(Wire.HasAddresses, "clients have no addresses of their own here");
        await using Site site = await Site.Open();
        List<Wire> open = [];
        for (int i = 0; i < 300; i++)
        {
            try
            {
                open.Add(await Wire.Connect(site.Address, client: 2));
            }
            catch (SocketException)
            {
                // Closed before it was noticed that it was open.
            }
        }

        await site.Upload(TestFiles.Tree);
        await Until(() => open.Count(wire => !wire.IsClosed) == 128);
        open.ForEach(wire => wire.Dispose());

        IPAddress other = IPAddress.Parse("127.0.0.2");
        WorkLane.Place[] places = [.. Enumerable.Range(0, 8).Select(_ => site.Segmenter.Encodes.Enter(other))];
        Assert.Throws<WebProblemException>(() => site.Segmenter.Encodes.Enter(other));
        await site.Upload(TestFiles.SmallPlayground);
        Assert.Equal(8, places.Length);
    }

    [Fact]
    public async Task A_body_has_an_end_however_steadily_it_comes()
    {
        await using Site site = await Site.Open(impatient with { MaxTransferTime = TimeSpan.FromSeconds(2) });
        using Wire wire = await Wire.Connect(site.Address);
        await wire.Begin("pictures", 10_000_000);
        using CancellationTokenSource enough = new();
        Task dripping = wire.Drip(10_000_000, 20_000, enough.Token);

        string answer = await wire.Answer();

        Assert.Contains("\"code\":\"too_slow\"", answer, StringComparison.Ordinal);
        await enough.CancelAsync();
        await dripping;
    }

    [Fact]
    public async Task A_refused_client_that_reads_last_is_told_why()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxWaiting = 1 });
        using WorkLane.Place place = site.Segmenter.Encodes.Enter(IPAddress.Loopback);
        using Wire wire = await Wire.Connect(site.Address);

        // The server alone would listen for five seconds to what it does not want.
        int bytes = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 9_000_000 : 1_000_000;
        await wire.Begin("pictures", bytes);
        await wire.Drip(bytes, 1_000_000, CancellationToken.None);
        string answer = await wire.Answer();

        Assert.StartsWith(Busy, answer, StringComparison.Ordinal);
        Assert.Contains("Retry-After: ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_are_shared_between_clients()
    {
        Assert.SkipUnless(Wire.HasAddresses, "clients have no addresses of their own here");
        const int Half = 20 * BodyMemory.SegmentBytes;
        await using Site site = await Site.Open(new SamNativeWebOptions
        {
            Limits = new ImageLimits { MaxFileBytes = 15 * BodyMemory.SegmentBytes },
            MaxMaskBytes = 1,
            MaxBodyBytes = 2 * Half,
        });
        using Wire first = await Wire.Connect(site.Address, client: 2), second = await Wire.Connect(site.Address, client: 2);
        byte[] most = new byte[14 * BodyMemory.SegmentBytes];
        await first.Begin("pictures", most.Length + 1);
        await first.Send(most);
        await Until(() => site.Segmenter.Intake.Memory.Bytes == most.Length);
        await second.Begin("pictures", most.Length);
        await second.Send(most);

        Assert.StartsWith(Busy, await second.Answer(), StringComparison.Ordinal);
        await Until(() => site.Segmenter.Intake.Memory.Bytes == most.Length);
        await site.Upload(TestFiles.Tree);
        first.Dispose();
        await Until(() => site.Segmenter.Intake.Memory.Bytes == 0);
    }

    [Fact]
    public async Task An_answer_that_nobody_takes_is_given_up()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxTransferTime = TimeSpan.FromSeconds(1) });
        string id = await site.Upload(Noise(2000));
        MaskRle all = MaskRle.FromCounts([0, 2000 * 2000], new ImageSize(2000, 2000));
        byte[] request = Encoding.UTF8.GetBytes(
            $$"""{"id":"{{id}}","rle":{"size":[2000,2000],"counts":"{{all.ToCocoRle()}}"} }""");
        using Wire wire = await Wire.Connect(site.Address, receiveBuffer: 4096);
        await wire.Begin("export/cutout", request.Length, "application/json");
        await wire.Send(request);

        await Until(() => site.Segmenter.Intake.Memory.AnswerBytes > 10_000_000);
        await Until(() => site.Segmenter.Intake.Memory.AnswerBytes == 0);

        string answer = await wire.Answer();
        Match length = Regex.Match(answer, "Content-Length: (?<bytes>[0-9]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
        Assert.True(answer.Length < int.Parse(length.Groups["bytes"].Value, CultureInfo.InvariantCulture));
        WorkLane.Place[] free = [.. Enumerable.Range(0, 8).Select(_ => site.Segmenter.Encodes.Enter(IPAddress.Loopback))];
        Assert.Equal(8, free.Length);
    }

    [Theory]
    [InlineData("predict", 65_537, 65_536)]
    [InlineData("everything", 65_537, 65_536)]
    [InlineData("export/mask", (16 << 20) + 1, 16 << 20)]
    [InlineData("export/coco", (16 << 20) + 1, 16 << 20)]
    public async Task JSON_is_as_long_as_it_may_honestly_be(string path, int bytes, int limit)
    {
        await using Site site = await Site.Open();
        using HttpResponseMessage response = await site.Post(path, new string(' ', bytes));
        await Problem.Expect(response, HttpStatusCode.RequestEntityTooLarge, "too_large", $"{limit} bytes");
        Assert.Equal(0, site.Segmenter.Intake.Memory.Bytes);
    }

    [Fact]
    public async Task JSON_of_very_many_parts_is_refused_before_it_is_read()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Tree);
        string masks = string.Join(',', Enumerable.Repeat("{}", 2_000_000));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        using HttpResponseMessage response = await site.Post(
            "export/coco", $$"""{"id":"{{id}}","name":"x","masks":[{{masks}}]}""");

        await Problem.Expect(response, HttpStatusCode.RequestEntityTooLarge, "too_large", "Send fewer masks");
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) < before + (32 << 20));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1", true)]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::", true)]
    [InlineData("2001:db8:1:2::", "2001:db8:1:3::", false)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    public void A_client_is_an_address_or_a_network_of_IPv6(string one, string other, bool same) =>
        Assert.Equal(same, Clients.Of(IPAddress.Parse(one)).Equals(Clients.Of(IPAddress.Parse(other))));

    [Fact]
    public void What_is_shared_is_never_all_for_one()
    {
        Shares shares = new(total: 10, each: 6);
        IPAddress one = IPAddress.Parse("10.0.0.1"), other = IPAddress.Parse("10.0.0.2");
        Assert.True(shares.TryTake(one, 6));
        Assert.False(shares.TryTake(one, 1));
        Assert.False(shares.TryTake(other, 5));
        Assert.True(shares.TryTake(other, 4));
        shares.Return(one, 6);
        Assert.False(shares.TryTake(one, 20));
        shares.Return(other, 4);
        Assert.True(shares.TryTake(one, 20));
        shares.Return(one, 20);
        Assert.Equal(0, shares.Taken);
    }

    /// <summary>A picture that cannot be compressed.</summary>
    internal static byte[] Noise(int side, int seed = 1)
    {
        byte[] rgb = new byte[side * side * 3];
        new Random(seed).NextBytes(rgb);
        using MemoryStream png = new();
        SamMask all = MaskRle.FromCounts([0, side * side], new ImageSize(side, side)).ToMask();
        MaskRenderer.WriteCutout(new ImageView(rgb, side, side), all, png);
        return png.ToArray();
    }

    private static async Task Until(Func<bool> holds)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2), "what was waited for did not happen");
            await Task.Delay(10);
        }
    }
}
