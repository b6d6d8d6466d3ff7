using System.Net;
using System.Text;
using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
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

    [Fact]
    public async Task Masks_that_take_too_much_are_refused_with_the_cure()
    {
        const string All = "\"points_per_side\":4,\"pred_iou_thresh\":0,\"stability_score_thresh\":0,\"box_nms_thresh\":1";
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxMaskBytes = 20_000 });
        string id = await site.Upload(TestFiles.SmallPlayground);

        using HttpResponseMessage plain = await site.Post("everything", $$"""{"id":"{{id}}",{{All}} }""");
        using HttpRequestMessage request = new(HttpMethod.Post, "everything")
        {
            Content = new StringContent($$"""{"id":"{{id}}",{{All}} }""", Encoding.UTF8, "application/json"),
            Headers = { Accept = { new("text/event-stream") } },
        };
        using HttpResponseMessage followed = await site.Client.SendAsync(request);

        await Problem.Expect(plain, HttpStatusCode.UnprocessableEntity, "too_many_masks", "fewer points per side");
        Assert.Contains("\"code\":\"too_many_masks\"", await followed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        JsonElement few = await site.Ask("everything", $$"""{"id":"{{id}}","points_per_side":2}""");
        Assert.True(few.GetProperty("masks").GetArrayLength() > 0);
        Assert.Equal(0, site.Segmenter.Intake.Memory.AnswerBytes);
    }

    [Fact]
    public async Task The_settings_of_a_model_file_do_not_exceed_the_limits_of_the_server()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter writer = new();
        using (SafetensorsFile demo = SafetensorsFile.Open(ReferenceData.Find("demo.safetensors")))
        {
            foreach ((string key, string value) in demo.Metadata.Where(item => item.Key != SamCheckpoint.EverythingKey))
            {
                writer.AddMetadata(key, value);
            }

            writer.AddMetadata(
                SamCheckpoint.EverythingKey,
                """{"points_per_side":300,"points_per_batch":1000000,"crop_n_layers":1,"pred_iou_thresh":0.5}""");
            foreach (TensorInfo tensor in demo.Tensors)
            {
                writer.Add(tensor.Name, demo, tensor);
            }

            writer.Save(folder.File("greedy.safetensors"), overwrite: false);
        }

        using SamModel greedy = SamModel.Load(folder.File("greedy.safetensors"));
        await using Site site = await Site.Open(model: greedy);

        AutomaticMaskOptions defaults = site.Segmenter.EverythingDefaults;
        Assert.Equal((64, 64, 0), (defaults.PointsPerSide, defaults.PointsPerBatch, defaults.CropNLayers));
        Assert.Equal(0.5, defaults.PredIouThresh);
        string id = await site.Upload(TestFiles.Tree);
        JsonElement answer = await site.Ask("everything", $$"""{"id":"{{id}}","points_per_side":4}""");
        Assert.Equal(JsonValueKind.Array, answer.GetProperty("masks").ValueKind);
    }

    [Fact]
    public async Task What_everything_answers_can_be_exported()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.SmallPlayground);
        JsonElement found = await site.Ask(
            "everything",
            $$"""{"id":"{{id}}","points_per_side":16,"pred_iou_thresh":0,"stability_score_thresh":0,"box_nms_thresh":1}""");
        JsonElement masks = found.GetProperty("masks");
        Assert.Equal(16 * 16 * 3, masks.GetArrayLength());

        JsonElement coco = await site.Ask("export/coco", $$"""{"id":"{{id}}","name":"x","masks":{{masks.GetRawText()}} }""");

        Assert.Equal(
            masks.EnumerateArray().Select(mask => mask.GetProperty("rle").GetProperty("counts").GetString()),
            coco.GetProperty("annotations").EnumerateArray()
                .Select(item => item.GetProperty("segmentation").GetProperty("counts").GetString()));
    }
}
