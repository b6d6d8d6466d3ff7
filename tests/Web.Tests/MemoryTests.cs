using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The memory of a server in a process of its own.</summary>
public sealed class MemoryTests
{
    private const long Megabyte = 1_000_000;
    private const string AsServer = "SAMNATIVE_TEST_SERVER";

    [Fact]
    public async Task A_hundred_cheap_and_forty_large_requests_stay_within_300_MB()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the memory of a process is read from /proc");
        using RunningProgram server = Serve(out Uri address);
        byte[] large = BodyTests.Noise(2900);
        using HttpClient first = Wire.Client(address, 1);
        await Click(first, await Upload(first, TestFiles.Playground));
        long idle = server.Memory;
        server.ForgetPeak();

        Wire[] cheap = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Wire.Connect(address, (byte)(2 + (i % 20)))));
        await Task.WhenAll(cheap.Select(async wire =>
        {
            await wire.Begin("pictures", 30 << 20);
            await wire.Send(TestFiles.Playground.AsMemory(0, 100));
        }));
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            // Every other one is damaged at its end, each in its own way, so that all of it has to be decoded.
            using HttpClient client = Wire.Client(address, (byte)(30 + i));
            using ByteArrayContent body = new(large, 0, large.Length - (i % 2 == 0 ? 0 : 1000 + i));
            using HttpResponseMessage response = await client.PostAsync(new Uri("pictures", UriKind.Relative), body);
            return response.StatusCode;
        }));

        long most = server.PeakMemory - idle;
        string codes = string.Join(", ", answers.CountBy(code => code));
        Tell($"{large.Length / Megabyte} MB each: {codes}; idle {idle / Megabyte} MB, at most {most / Megabyte} MB more");
        Assert.Contains(answers, code => code is HttpStatusCode.OK or HttpStatusCode.BadRequest);
        Assert.All(answers, code => Assert.Contains(
            code, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.TooManyRequests]));
        Assert.InRange(most, 1, 300 * Megabyte);
        Array.ForEach(cheap, wire => wire.Dispose());
    }

    [Fact]
    public async Task After_two_thousand_mixed_requests_the_memory_is_that_after_two_hundred()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the memory of a process is read from /proc");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1", "takes minutes: set SAMNATIVE_LONG=1");
        using RunningProgram server = RunningProgram.Start(
            Path.Combine(AppContext.BaseDirectory, "SamNative.Web.Tests"),
            ["-method", $"*.{nameof(Serves_with_small_caches_for_another_test)}", "-showLiveOutput"],
            environment: [(AsServer, "1"), ("DOTNET_gcConcurrent", "0"), ("DOTNET_TieredPGO", "0")]);
        Match address = Match.Empty;
        server.WaitUntil(() => (address = Regex.Match(
            server.TextSoFar, "serving at (?<url>http://[0-9.:]+/)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10))).Success);
        Uri site = new(address.Groups["url"].Value);

        await Mix(site, 0, 200);
        long after200 = await Idle(server);
        List<string> course = [];
        for (int done = 200; done < 2000; done += 300)
        {
            await Mix(site, done, done + 300);
            course.Add(string.Create(CultureInfo.InvariantCulture, $"{done + 300}: {server.Memory / 1e6:0}"));
        }

        long after2000 = await Idle(server);
        Tell($"MB resident: idle after 200 {after200 / 1e6:0}; {string.Join(", ", course)}; idle after 2000 {after2000 / 1e6:0}");
        Assert.InRange(after2000 - after200, long.MinValue, 20 * Megabyte);
    }

    /// <summary>The other process of the test above: the program's own options have no small caches.</summary>
    [Fact]
    public async Task Serves_with_small_caches_for_another_test()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(AsServer) == "1", "a part of another test");
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxKeptBytes = 32 << 20 });
        TestContext.Current.TestOutputHelper?.WriteLine($"serving at {site.Address}");
        await Task.Delay(TimeSpan.FromHours(1));
    }

    private static async Task<long> Idle(RunningProgram server)
    {
        await Task.Delay(TimeSpan.FromSeconds(20));
        return server.Memory;
    }

    /// <summary>Sends the requests of some numbers, eight clients at a time.</summary>
    private static Task Mix(Uri site, int from, int to) => Parallel.ForEachAsync(
        Enumerable.Range(from, to - from), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, cancellation) =>
        {
            Random random = new(number);
            using HttpClient client = Wire.Client(site, (byte)(1 + (number % 8)));
            byte[] picture = BodyTests.Noise(random.Next(50, 700), number);
            if (number % 10 == 9)
            {
                using ByteArrayContent damaged = new(picture, 0, picture.Length / 2);
                using HttpResponseMessage refused = await client.PostAsync(
                    new Uri("pictures", UriKind.Relative), damaged, cancellation);
                Assert.True(refused.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.TooManyRequests);
                return;
            }

            string id = await Upload(client, picture);
            string format = number % 2 == 0 ? "png" : "rle";
            await Send(client, "predict", $$"""{"id":"{{id}}","points":[[30,40]],"refine":true,"format":"{{format}}"}""");
            using JsonDocument box = JsonDocument.Parse(await Send(client, "predict", $$"""{"id":"{{id}}","box":[3,4,40,45]}"""));
            string rle = box.RootElement.GetProperty("masks")[0].GetProperty("rle").GetRawText();
            await Send(
                client, (number % 4) switch { 0 => "export/mask", 1 => "export/cutout", 2 => "export/coco", _ => "everything" },
                (number % 4) switch
                {
                    2 => $$"""{"id":"{{id}}","name":"x","masks":[{"score":1,"rle":{{rle}} }]}""",
                    3 => $$"""{"id":"{{id}}","points_per_side":4,"pred_iou_thresh":0,"stability_score_thresh":0}""",
                    _ => $$"""{"id":"{{id}}","rle":{{rle}} }""",
                });
        });

    private static async Task<string> Send(HttpClient client, string path, string json)
    {
        using StringContent body = new(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri(path, UriKind.Relative), body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text[..Math.Min(400, text.Length)]);
        return text;
    }

    private static RunningProgram Serve(out Uri address)
    {
        RunningProgram server = RunningProgram.Start(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0"]);
        server.WaitUntil(() => server.TextSoFar.EndsWith('\n'));
        address = new Uri(server.TextSoFar.TrimEnd());
        return server;
    }

    private static async Task<string> Upload(HttpClient client, byte[] file)
    {
        using ByteArrayContent body = new(file);
        using HttpResponseMessage response = await client.PostAsync(new Uri("pictures", UriKind.Relative), body);
        return (await Site.Json(response)).GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> Click(HttpClient client, string id)
    {
        using StringContent body = new($$"""{"id":"{{id}}","points":[[30,40]]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri("predict", UriKind.Relative), body);
        return await Site.Json(response);
    }

    private static void Tell(FormattableString text) =>
        TestContext.Current.TestOutputHelper?.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
