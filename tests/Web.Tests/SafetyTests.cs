using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>What keeps other sites out, and the page in somebody else's app.</summary>
public sealed partial class SafetyTests
{
    [Fact]
    public async Task Every_answer_forbids_what_comes_from_elsewhere()
    {
        await using Site site = await Site.Open();
        foreach (string path in new[] { "", "app.js", "style.css", "model", "sample", "openapi.json" })
        {
            using HttpResponseMessage response = await site.Client.GetAsync(new Uri(path, UriKind.Relative));

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            string policy = string.Join(' ', response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(response.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere()
    {
        await using Site site = await Site.Open();
        string page = await site.Client.GetStringAsync(new Uri("", UriKind.Relative));
        string[] names = [.. Links().Matches(page).Select(link => link.Groups["name"].Value).Distinct(StringComparer.Ordinal)];

        Assert.Contains("app.js", names);
        foreach (string name in names)
        {
            Assert.DoesNotContain(':', name);
            using HttpResponseMessage response = await site.Client.GetAsync(new Uri(name, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using HttpRequestMessage again = new(HttpMethod.Get, "app.js");
        using HttpResponseMessage first = await site.Client.GetAsync(new Uri("app.js", UriKind.Relative));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using HttpResponseMessage second = await site.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.BadRequest)]
    public async Task A_name_that_leads_here_from_elsewhere_is_not_answered(string host, HttpStatusCode expected)
    {
        await using Site site = await Site.Open();
        using HttpRequestMessage request = new(HttpMethod.Get, "model");
        request.Headers.Host = $"{host}:{site.Address.Port}";

        using HttpResponseMessage response = await site.Client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    public async Task Pages_of_other_sites_cannot_send_anything(string header, string value)
    {
        await using Site site = await Site.Open();
        using HttpRequestMessage request = new(HttpMethod.Post, "pictures") { Content = new ByteArrayContent(TestFiles.Tree) };
        request.Headers.Add(header, value);

        using HttpResponseMessage response = await site.Client.SendAsync(request);

        await Problem.Expect(response, HttpStatusCode.Forbidden, "cross_site", "pages of other sites are refused");
        Assert.Equal(0, site.Segmenter.KeptBytes);
    }

    [Fact]
    public async Task Its_own_page_can()
    {
        await using Site site = await Site.Open();
        using HttpRequestMessage request = new(HttpMethod.Post, "pictures") { Content = new ByteArrayContent(TestFiles.Tree) };
        request.Headers.Add("Sec-Fetch-Site", "same-origin");
        request.Headers.Add("Origin", site.Address.GetLeftPart(UriPartial.Authority));

        using HttpResponseMessage response = await site.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task It_works_below_a_prefix_in_another_app()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSamNative(TestFiles.Demo);
        await using WebApplication app = builder.Build();
        app.UsePathBase("/base");
        app.UseRouting();
        app.MapGet("/", () => "the other app");
        app.MapSamNative("/segment");
        await app.StartAsync();
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = SamNativeServer.AddressOf(app) };

        Assert.Equal("the other app", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        using HttpResponseMessage page = await client.GetAsync(new Uri("/base/segment", UriKind.Relative));
        Assert.Equal("/base/segment/", page.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Contains("app.js", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using ByteArrayContent picture = new(TestFiles.Tree);
        using HttpResponseMessage upload = await client.PostAsync(new Uri("/segment/pictures", UriKind.Relative), picture);
        string id = (await Site.Json(upload)).GetProperty("id").GetString()!;
        using StringContent prompt = new($$"""{"id":"{{id}}","points":[[30,40]]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/segment/predict", UriKind.Relative), prompt);
        Assert.Equal(97, (await Site.Json(answer)).GetProperty("height").GetInt32());
        string description = await client.GetStringAsync(new Uri("/segment/openapi.json", UriKind.Relative));
        Assert.Contains("\"/segment/predict\"", description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        await using Site site = await Site.Open();
        using HttpResponseMessage response = await site.Client.GetAsync(new Uri("openapi.json", UriKind.Relative));

        JsonElement document = await Site.Json(response);

        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            ["/everything", "/export/coco", "/export/cutout", "/export/mask", "/model", "/pictures", "/predict", "/sample"],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal(
            ["box", "format", "id", "labels", "multimask", "points", "previous", "refine"],
            Properties(schemas.GetProperty("PredictRequest")));
        Assert.Equal(
            ["area", "bbox", "crop_box", "png", "point_coords", "rle", "score", "stability_score", "token"],
            Properties(schemas.GetProperty("MaskReply")));

        static IEnumerable<string> Properties(JsonElement schema) =>
            schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_description_is_made_once()
    {
        int made = 0;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSamNative(TestFiles.Demo);
        builder.Services.Configure<OpenApiOptions>("samnative", options => options.AddDocumentTransformer((_, _, _) =>
        {
            Interlocked.Increment(ref made);
            return Task.CompletedTask;
        }));
        await using WebApplication app = builder.Build();
        app.MapSamNative("/segment");
        await app.StartAsync();
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = SamNativeServer.AddressOf(app) };

        string[] texts = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(new Uri("segment/openapi.json", UriKind.Relative))));

        Assert.Equal(1, made);
        Assert.Single(texts.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_forgotten_in_an_app_is_said_at_its_start()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        Assert.Contains(
            "AddSamNative", Assert.Throws<InvalidOperationException>(() => app.MapSamNative()).Message, StringComparison.Ordinal);
        SamConfig config = TestFiles.Demo.Config;
        using SyntheticCheckpoint whole = new(config);
        SafetensorsWriter writer = new();
        foreach (LayoutTensor tensor in new SamLayout(config).Encoder)
        {
            Assert.True(whole.TryGet(tensor.Name, out TensorInfo? found));
            writer.Add(tensor.Name, whole, found);
        }

        using TemporaryFolder folder = new();
        writer.Save(folder.File("encoder.safetensors"), overwrite: false);
        using SamModel encoder = SamModel.Load(folder.File("encoder.safetensors"));
        Assert.Contains(
            "encoder alone",
            Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSamNative(encoder)).Message,
            StringComparison.Ordinal);
    }

    [GeneratedRegex("(src|href)=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Links();
}
