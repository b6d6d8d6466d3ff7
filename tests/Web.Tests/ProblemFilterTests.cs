using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>What becomes of a request when its server stops or its connection breaks, however the server notices it.</summary>
public sealed class ProblemFilterTests
{
    private readonly ApplicationLifetime lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly Recorder log = new();
    private readonly DefaultHttpContext http = new();

    [Fact]
    public async Task A_request_ends_with_its_server()
    {
        using MemoryStream answer = new();
        http.Response.Body = answer;

        await Answer(async () =>
        {
            lifetime.StopApplication();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        await http.Response.CompleteAsync();

        Assert.Equal(StatusCodes.Status503ServiceUnavailable, http.Response.StatusCode);
        Assert.Contains("\"code\":\"stopping\"", Encoding.UTF8.GetString(answer.ToArray()), StringComparison.Ordinal);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_client_that_leaves_is_no_trouble()
    {
        using CancellationTokenSource leaving = new();
        http.RequestAborted = leaving.Token;

        object? answer = await Answer(async () =>
        {
            await leaving.CancelAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });

        Assert.Equal(StatusCodes.Status499ClientClosedRequest, Assert.IsType<StatusCodeHttpResult>(answer).StatusCode);
        Assert.Empty(log.Lines);
        Assert.Equal(leaving.Token, http.RequestAborted);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_one_line_without_a_trace()
    {
        object? reset = await Answer(() => throw new ConnectionResetException("reset by peer"));
        object? aborted = await Answer(() => throw new ConnectionAbortedException("aborted"));

        Assert.Equal(StatusCodes.Status499ClientClosedRequest, Assert.IsType<StatusCodeHttpResult>(reset).StatusCode);
        Assert.Equal(StatusCodes.Status499ClientClosedRequest, Assert.IsType<StatusCodeHttpResult>(aborted).StatusCode);
        Assert.Contains("broke off", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_of_ours_is_not_hidden()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(() => Answer(() => throw new OperationCanceledException()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Answer(() => throw new InvalidOperationException()));
    }

    private Task<object?> Answer(Func<Task> work) => new ProblemFilter(null!, lifetime, log).InvokeAsync(
        new DefaultEndpointFilterInvocationContext(http),
        async _ =>
        {
            await work();
            return TypedResults.Empty;
        }).AsTask();

    private sealed class Recorder : ILogger<ProblemFilter>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            Assert.Null(exception);
            Lines.Add(formatter(state, exception));
        }
    }
}
