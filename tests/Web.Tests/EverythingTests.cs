using System.Net;
using System.Text;
using System.Text.Json;
using SamNative.Imaging;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>All masks of a picture, as the library finds them.</summary>
public sealed class EverythingTests
{
    [Fact]
    public async Task Everything_is_what_the_library_finds()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        JsonElement answer = await site.Ask("everything", $$"""{"id":"{{id}}"}""");

        using AutomaticMaskGenerator generator = new(TestFiles.Demo);
        IReadOnlyList<AutomaticMask> expected = generator.Generate(ImageFile.Load(TestFiles.Playground).View);
        JsonElement[] masks = [.. answer.GetProperty("masks").EnumerateArray()];
        Assert.NotEmpty(expected);
        Assert.Equal(
            expected.Select(mask => (mask.PredictedIou, mask.StabilityScore, mask.Area, mask.Segmentation.ToCocoRle())),
            masks.Select(mask => (
                mask.GetProperty("score").GetSingle(), mask.GetProperty("stability_score").GetSingle(),
                mask.GetProperty("area").GetInt32(), mask.GetProperty("rle").GetProperty("counts").GetString()!)));
    }

    [Fact]
    public async Task Its_progress_is_told_and_its_options_count()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.SmallPlayground);
        using HttpRequestMessage request = new(HttpMethod.Post, "everything")
        {
            Content = new StringContent(
                $$"""{"id":"{{id}}","points_per_side":4,"pred_iou_thresh":0,"stability_score_thresh":0}""", Encoding.UTF8,
                "application/json"),
        };
        request.Headers.Accept.ParseAdd("text/event-stream");

        using HttpResponseMessage response = await site.Client.SendAsync(request);

        string events = await response.Content.ReadAsStringAsync();
        Assert.Contains("event: progress\ndata: {\"done\":16,\"total\":16}", events, StringComparison.Ordinal);
        Assert.Contains("event: done\ndata: {", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"points_per_side\":65", "bad_request", "1 to 64")]
    [InlineData("\"box_nms_thresh\":\"x\"", "bad_json", "See openapi.json")]
    [InlineData("\"min_mask_region_area\":-1", "bad_value", "MinMaskRegionArea")]
    public async Task Options_that_are_none_are_refused(string option, string code, string saying)
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Tree);

        using HttpResponseMessage response = await site.Post("everything", $$"""{"id":"{{id}}",{{option}}}""");

        await Problem.Expect(response, HttpStatusCode.BadRequest, code, saying);
    }
}
