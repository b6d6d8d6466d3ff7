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
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxWaiting = 2 });
        WorkLane.Place[] places = [.. Enumerable.Range(0, 3).Select(_ => site.Segmenter.Encodes.Enter())];

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
        using WorkLane lane = new(maxWaiting: 3);
        using ManualResetEventSlim gate = new();
        List<int> done = [];
        using WorkLane.Place first = lane.Enter(), second = lane.Enter(), third = lane.Enter(), last = lane.Enter();

        Task<bool> running = first.Do(() => gate.Wait(Waiting.Bound) && Add(1), CancellationToken.None);
        Task<bool>[] waiting = [second.Do(() => Add(2), CancellationToken.None), third.Do(() => Add(3), CancellationToken.None)];

        WebProblemException full = Assert.Throws<WebProblemException>(() => lane.Enter());
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
