using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The server on a port of its own, in this process, and a client of it.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication app;

    private Site(WebApplication started)
    {
        app = started;
        Address = SamNativeServer.AddressOf(started);

        // An answer that is not read to its end is cut, not waited for: that is how a client leaves.
        SocketsHttpHandler handler = new() { UseProxy = false, ResponseDrainTimeout = TimeSpan.Zero, MaxResponseDrainSize = 0 };
        Client = new HttpClient(handler) { BaseAddress = Address, Timeout = Waiting.Bound };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>What is behind the API.</summary>
    public Segmenter Segmenter => app.Services.GetRequiredService<Segmenter>();

    /// <summary>Starts a server with the demo model, or another one.</summary>
    public static async Task<Site> Open(
        SamNativeWebOptions? options = null, SamModel? model = null, SamNativeServerOptions? server = null)
    {
        WebApplication made = SamNativeServer.Create(
            model ?? TestFiles.Demo, options ?? new SamNativeWebOptions { ModelName = "demo" },
            server ?? new SamNativeServerOptions());
        await made.StartAsync();
        return new Site(made);
    }

    /// <summary>Sends the file of a picture.</summary>
    public Task<HttpResponseMessage> Send(byte[] file, string? accept = null, CancellationToken cancellation = default)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "pictures") { Content = new ByteArrayContent(file) };
        if (accept is not null)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        }

        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>Sends a picture that is taken, and gives its id.</summary>
    public async Task<string> Upload(byte[] file)
    {
        using HttpResponseMessage response = await Send(file);
        return (await Json(response)).GetProperty("id").GetString()!;
    }

    /// <summary>Posts JSON.</summary>
    public Task<HttpResponseMessage> Post(string path, string json) =>
        Client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Posts JSON that is answered with JSON.</summary>
    public async Task<JsonElement> Ask(string path, string json)
    {
        using HttpResponseMessage response = await Post(path, json);
        return await Json(response);
    }

    /// <summary>The JSON of an answer that must be a good one.</summary>
    public static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}
