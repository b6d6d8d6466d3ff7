using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>Eight clients at once: the answers of one alone, nothing but 429 beside them, and no growing memory.</summary>
public sealed class LoadTests
{
    private const int Clients = 8;
    private const int Prompts = 12;

    /// <summary>What the garbage collector may still hold of the last requests.</summary>
    private const long Slack = 48L << 20;

    private static readonly TimeSpan length =
        TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 60 : 5);

    [Fact]
    public async Task Many_clients_get_what_one_gets()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxWaiting = 3, MaxPlacesPerClient = 4 });
        byte[][] files = [TestFiles.Playground, TestFiles.SmallPlayground, TestFiles.Tree];
        string[] ids = await Task.WhenAll(files.Select(site.Upload));
        string[] requests = [.. ids.SelectMany(Requests)];
        List<string> alone = [];
        foreach (string request in requests)
        {
            alone.Add(await Text(await site.Post("predict", request)));
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        Stopwatch clock = Stopwatch.StartNew();
        int[][] counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Work(client)));

        long after = GC.GetTotalMemory(forceFullCollection: true);
        int answered = counts.Sum(count => count[0]), busy = counts.Sum(count => count[1]);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{answered} answers and {busy} times 429 in {clock.Elapsed.TotalSeconds:0} s, memory {before >> 20} MB, then {after >> 20} MB"));
        Assert.True(answered > Clients);
        Assert.True(after < before + Slack, $"{before} bytes became {after}");

        async Task<int[]> Work(int client)
        {
            Random random = new(client);
            int[] count = [0, 0];
            while (clock.Elapsed < length)
            {
                if (random.Next(20) == 0)
                {
                    using HttpResponseMessage upload = await site.Send(files[random.Next(files.Length)]);
                    Assert.True(upload.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests);
                    count[1] += upload.IsSuccessStatusCode ? 0 : 1;
                }

                int prompt = random.Next(requests.Length);
                using HttpResponseMessage response = await site.Post("predict", requests[prompt]);
                if (response.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    count[1]++;
                    await Task.Delay(random.Next(30));
                    continue;
                }

                Assert.Equal(alone[prompt], await Text(response));
                count[0]++;
            }

            return count;
        }
    }

    private static IEnumerable<string> Requests(string id) => Enumerable.Range(0, Prompts).Select(i =>
        $$"""{"id":"{{id}}","points":[[{{3 + (4 * i)}},{{5 + (6 * i)}}]],"refine":{{(i % 3 == 0 ? "true" : "false")}}}""");

    private static async Task<string> Text(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
