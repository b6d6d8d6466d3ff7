using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The names by which the server is reached: its own, a proxy's, and those of other sites.</summary>
public sealed class ProxyTests
{
    private const string Munich = "xn--mnchen-3ya.example";

    private static readonly IPNetwork thisMachine = IPNetwork.Parse("127.0.0.0/8");

    /// <summary>A page behind the proxy is at home whatever the proxy is called, and only there.</summary>
    [Theory]
    [InlineData("segment.example", "https://segment.example", HttpStatusCode.OK)]
    [InlineData("segment.example:443", "https://segment.example", HttpStatusCode.OK)]
    [InlineData("SEGMENT.example", "https://segment.example", HttpStatusCode.OK)]
    [InlineData("segment.example:8443", "https://segment.example:8443", HttpStatusCode.OK)]
    [InlineData(Munich, $"https://{Munich}", HttpStatusCode.OK)]
    [InlineData($"{Munich}:8443", $"https://{Munich}:8443", HttpStatusCode.OK)]
    [InlineData("a.wild.example", "https://a.wild.example", HttpStatusCode.OK)]
    [InlineData("192.0.2.7", "https://192.0.2.7", HttpStatusCode.OK)]
    [InlineData("[2001:db8::7]:8443", "https://[2001:db8::7]:8443", HttpStatusCode.OK)]
    [InlineData("segment.example", "http://segment.example", HttpStatusCode.Forbidden)]
    [InlineData("segment.example", "https://segment.example:8443", HttpStatusCode.Forbidden)]
    [InlineData("segment.example:8443", "https://segment.example", HttpStatusCode.Forbidden)]
    [InlineData("segment.example", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("segment.example", "https://segment.example.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("segment.example", "null", HttpStatusCode.Forbidden)]
    [InlineData("evil.example", "https://evil.example", HttpStatusCode.BadRequest)]
    [InlineData("xn--99999999999", "https://xn--99999999999", HttpStatusCode.BadRequest)]
    public async Task Behind_a_proxy(string host, string origin, HttpStatusCode expected)
    {
        await using Site site = await Site.Open(server: new SamNativeServerOptions
        {
            AllowedHosts = ["segment.example", "münchen.example", "*.wild.example"],
            Proxies = [thisMachine],
        });
        await using ReverseProxy proxy = await ReverseProxy.Open(site.Address);

        Assert.Equal(expected, await Post(site, proxy.Address, ("Host", host), ("Origin", origin)));
    }

    /// <summary>What browsers themselves say of a request counts first; a name is still needed.</summary>
    [Fact]
    public async Task Who_is_no_known_proxy_is_not_believed()
    {
        await using Site site = await Site.Open(server: new SamNativeServerOptions { AllowedHosts = ["segment.example"] });
        await using ReverseProxy proxy = await ReverseProxy.Open(site.Address);
        (string, string) host = ("Host", "segment.example"), origin = ("Origin", "https://segment.example");

        Assert.Equal(HttpStatusCode.Forbidden, await Post(site, proxy.Address, host, origin));
        Assert.Equal(HttpStatusCode.OK, await Post(site, proxy.Address, host, origin, ("Sec-Fetch-Site", "same-origin")));
        Assert.Equal(
            HttpStatusCode.Forbidden, await Post(site, proxy.Address, host, origin, ("Sec-Fetch-Site", "cross-site")));
    }

    /// <summary>A rebound name makes a page of another site one that may send any header, as if it were the proxy.</summary>
    [Fact]
    public async Task A_name_from_elsewhere_cannot_play_the_proxy()
    {
        await using Site site = await Site.Open(server: new SamNativeServerOptions { Proxies = [thisMachine] });

        Assert.Equal(
            HttpStatusCode.BadRequest,
            await Post(site, site.Address, ("Host", "evil.example"), ("X-Forwarded-Host", "localhost")));
    }

    [Theory]
    [InlineData("192.0.2.7", HttpStatusCode.OK)]
    [InlineData("[2001:db8::7]", HttpStatusCode.OK)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LocalHost", HttpStatusCode.OK)]
    [InlineData("segment.example", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost.evil.example", HttpStatusCode.BadRequest)]
    [InlineData("192.0.2.7.evil.example", HttpStatusCode.BadRequest)]
    [InlineData("xn--99999999999", HttpStatusCode.BadRequest)]
    [InlineData("xn--99999999999.wild.example", HttpStatusCode.BadRequest)]
    public async Task A_server_for_everybody_answers_to_addresses_and_to_names_that_were_given(
        string host, HttpStatusCode expected)
    {
        await using Site site = await Site.Open(server: new SamNativeServerOptions
        {
            Address = IPAddress.Any,
            AllowedHosts = ["segment.example", "*.wild.example"],
        });
        Uri address = new($"http://127.0.0.1:{site.Address.Port}");
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(address, "model"));
        request.Headers.TryAddWithoutValidation("Host", $"{host}:{address.Port}");

        using HttpResponseMessage response = await site.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.BadRequest)
        {
            await Problem.Expect(response, expected, "unknown_host", "--allow-host");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_another_app_the_hosts_that_it_allows_are_answered(bool slim)
    {
        WebApplicationBuilder builder = slim ? WebApplication.CreateSlimBuilder() : WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["AllowedHosts"] = $"segment.example;{Munich}";
        builder.Services.AddSamNative(TestFiles.Demo);
        await using WebApplication app = builder.Build();
        app.MapSamNative("/segment");
        await app.StartAsync();
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = SamNativeServer.AddressOf(app) };

        foreach ((string host, HttpStatusCode expected) in new[]
            {
                ("segment.example", HttpStatusCode.OK),
                (Munich, HttpStatusCode.OK),
                ("evil.example", HttpStatusCode.BadRequest),
                ("127.0.0.1", HttpStatusCode.BadRequest),
            })
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "segment/pictures")
            {
                Content = new ByteArrayContent(TestFiles.Tree),
            };
            request.Headers.Host = host;
            request.Headers.Add("Origin", $"http://{host}");
            using HttpResponseMessage response = await client.SendAsync(request);
            Assert.Equal((host, expected), (host, response.StatusCode));
        }
    }

    private static async Task<HttpStatusCode> Post(Site site, Uri address, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(address, "pictures"))
        {
            Content = new ByteArrayContent(TestFiles.Tree),
        };
        foreach ((string name, string value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using HttpResponseMessage response = await site.Client.SendAsync(request);
        return response.StatusCode;
    }
}
