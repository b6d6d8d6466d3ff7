using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SamNative.Web.Tests;

/// <summary>
/// A proxy as YARP is when left alone: it asks for the site by the address it knows, and says in headers how it was asked
/// itself. It claims that this was by TLS.
/// </summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient site = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    private ReverseProxy(Uri target)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Run(http => Forward(http, target));
    }

    public Uri Address => SamNativeServer.AddressOf(app);

    public static async Task<ReverseProxy> Open(Uri target)
    {
        ReverseProxy proxy = new(target);
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        site.Dispose();
        await app.DisposeAsync();
    }

    private async Task Forward(HttpContext http, Uri target)
    {
        using HttpRequestMessage request = new(new HttpMethod(http.Request.Method), new Uri(target, http.Request.Path))
        {
            Content = http.Request.ContentLength > 0 ? new StreamContent(http.Request.Body) : null,
        };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in http.Request.Headers)
        {
            if (name is not "Host" && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        Set(request.Headers, "X-Forwarded-For", http.Connection.RemoteIpAddress!.ToString());
        Set(request.Headers, "X-Forwarded-Proto", "https");
        Set(request.Headers, "X-Forwarded-Host", http.Request.Headers.Host.ToString());
        using HttpResponseMessage response = await site.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.Add(name, value);
    }
}
