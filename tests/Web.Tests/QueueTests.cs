using System.Globalization;
using System.Net;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>A bounded number of requests wait; further ones are told when to come back.</summary>
public sealed class QueueTests
{
    [Fact]
    public async Task A_full_queue_answers_429_and_takes_requests_again()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxWaiting = 2, MaxPlacesPerClient = 3 });
        WorkLane.Place[] places = [.. Enumerable.Range(0, 3).Select(_ => site.Segmenter.Encodes.Enter(IPAddress.Loopback))];

        using (HttpResponseMessage response = await site.Send(TestFiles.Tree, "text/event-stream"))
        {
            await Problem.Expect(response, HttpStatusCode.TooManyRequests, "busy", "Try again in 1 s");
            Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        }

        places[0].Dispose();
        await site.Upload(TestFiles.Tree);
    }

    [Fact]
    public async Task One_thing_is_done_at_a_time_and_in_order()
    {
        using WorkLane lane = new(maxWaiting: 3, perClient: 4);
        using ManualResetEventSlim gate = new();
        List<int> done = [];
        using WorkLane.Place first = lane.Enter(IPAddress.Loopback), second = lane.Enter(IPAddress.Loopback), third = lane.Enter(IPAddress.Loopback), last = lane.Enter(IPAddress.Loopback);

        Task<bool> running = first.Do(() => gate.Wait(Waiting.Bound) && Add(1), CancellationToken.None);
        Task<bool>[] waiting = [second.Do(() => Add(2), CancellationToken.None), third.Do(() => Add(3), CancellationToken.None)];

        WebProblemException full = Assert.Throws<WebProblemException>(() => lane.Enter(IPAddress.Loopback));
        Assert.Contains(full.RetryAfterSeconds!.Value.ToString(CultureInfo.InvariantCulture), full.Message, StringComparison.Ordinal);
        using CancellationTokenSource leaving = new(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => last.Do(() => Add(4), leaving.Token));
        Assert.Empty(done);
        gate.Set();
        Assert.True(await running);
        await Task.WhenAll(waiting);
        Assert.Equal([1, 2, 3], done);

        bool Add(int number)
        {
            done.Add(number);
            return true;
        }
    }

    [Fact]
    public async Task A_lane_that_is_disposed_ends_its_work_and_tells_who_waits()
    {
        WorkLane lane = new(maxWaiting: 3, perClient: 4);
        using ManualResetEventSlim started = new(), gate = new();
        using WorkLane.Place first = lane.Enter(IPAddress.Loopback), second = lane.Enter(IPAddress.Loopback);
        using WorkLane.Place third = lane.Enter(IPAddress.Loopback);
        Task<bool> running = first.Do(Hold, CancellationToken.None);
        Assert.True(started.Wait(TimeSpan.FromMinutes(2)));
        Task<bool> waiting = second.Do(() => true, CancellationToken.None);

        lane.Dispose();
        lane.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => third.Do(() => true, CancellationToken.None));
        Assert.Throws<ObjectDisposedException>(() => lane.Enter(IPAddress.Loopback));
        gate.Set();
        Assert.True(await running);

        bool Hold()
        {
            started.Set();
            return gate.Wait(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public async Task A_server_that_is_disposed_under_its_requests_answers_them()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Tree);
        using ManualResetEventSlim started = new(), gate = new();
        using WorkLane.Place place = site.Segmenter.Encodes.Enter(IPAddress.Any);
        Task<bool> running = place.Do(Hold, CancellationToken.None);
        Assert.True(started.Wait(TimeSpan.FromMinutes(2)));
        Task<HttpResponseMessage> waiting = site.Send(TestFiles.SmallPlayground);
        SpinWait.SpinUntil(() => site.Segmenter.Intake.Memory.Bytes > 0, TimeSpan.FromMinutes(2));

        site.Segmenter.Dispose();

        foreach (Task<HttpResponseMessage> sent in (Task<HttpResponseMessage>[])
            [waiting, site.Send(TestFiles.SmallPlayground), site.Post("predict", $$"""{"id":"{{id}}","points":[[5,5]]}""")])
        {
            using HttpResponseMessage response = await sent;
            await Problem.Expect(response, HttpStatusCode.ServiceUnavailable, "stopping", "Try again later");
        }

        gate.Set();
        Assert.True(await running);
        Assert.Equal(0, site.Segmenter.Intake.Memory.Bytes);

        bool Hold()
        {
            started.Set();
            return gate.Wait(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public void A_cache_keeps_what_was_used_last()
    {
        ByteCache<string> cache = new(maxBytes: 10);
        cache.Add("a", "A", 4);
        cache.Add("b", "B", 4);
        cache.Add("b", "other", 4);
        Assert.True(cache.TryGet("a", out string? a) && a == "A");
        cache.Add("c", "C", 4);
        Assert.False(cache.TryGet("b", out _));
        Assert.Equal((8, 2), (cache.Bytes, cache.Count));
        cache.Add("large", "L", 100);
        Assert.True(cache.TryGet("large", out string? large) && large == "L");
        Assert.Equal((100, 1), (cache.Bytes, cache.Count));
    }
}
