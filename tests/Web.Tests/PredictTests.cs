using System.Net;
using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>Prompts: the same masks as from the library and from the program, refinement, files, and what is refused.</summary>
public sealed class PredictTests
{
    [Fact]
    public async Task A_click_gives_the_masks_of_the_library()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        JsonElement answer = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[830,105]]}""");

        SamPrediction expected = Predict(SamPrompt.At(DrawnSun.X, DrawnSun.Y), multimask: true);
        Assert.Equal(expected.Best, answer.GetProperty("best").GetInt32());
        JsonElement[] masks = [.. answer.GetProperty("masks").EnumerateArray()];
        Assert.Equal(3, masks.Length);
        for (int i = 0; i < masks.Length; i++)
        {
            AssertIs(expected.Masks[i], expected.Scores[i], masks[i]);
        }

        Assert.True(Mask(masks[expected.Best]).IntersectionOverUnion(TestFiles.Sun) >= .88);
    }

    [Fact]
    public async Task Whole_numbers_may_have_a_point()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        JsonElement expected = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[830,105]],"labels":[1]}""");
        JsonElement answer = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[830,105]],"labels":[1.0]}""");

        Assert.True(JsonElement.DeepEquals(expected, answer));
        using HttpResponseMessage response = await site.Client.GetAsync(new Uri("openapi.json", UriKind.Relative));
        JsonElement description = await Site.Json(response);
        Assert.Contains("\"integer\"", Property(description, "PredictRequest", "labels"), StringComparison.Ordinal);
        Assert.Contains("\"integer\"", Property(description, "MaskReply", "area"), StringComparison.Ordinal);

        static string Property(JsonElement description, string type, string name) => description
            .GetProperty("components").GetProperty("schemas").GetProperty(type).GetProperty("properties").GetProperty(name)
            .GetRawText();
    }

    [Fact]
    public async Task A_click_gives_the_mask_of_the_program()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);
        JsonElement answer = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[830,105]]}""");

        Ran ran = Ran.Of(
            RunningProgram.Samnative, ["segment", TestFiles.PlaygroundPath, "-m", "demo", "--point", "830,105", "--json"]);

        JsonElement program = ran.Json.GetProperty("masks")[0];
        JsonElement best = answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()];
        foreach (string name in new[] { "score", "area", "bbox", "rle" })
        {
            Assert.True(JsonElement.DeepEquals(program.GetProperty(name), best.GetProperty(name)), name);
        }
    }

    [Fact]
    public async Task A_box_and_several_points_ask_for_one_mask()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        JsonElement box = await site.Ask("predict", $$"""{"id":"{{id}}","box":[760,40,900,170]}""");
        JsonElement points = await site.Ask(
            "predict", $$"""{"id":"{{id}}","points":[[830,105],[600,100]],"labels":[1,0]}""");

        SamPrediction expectedBox = Predict(SamPrompt.Around(760, 40, 900, 170), multimask: false);
        AssertIs(expectedBox.Masks[0], expectedBox.Scores[0], Assert.Single(box.GetProperty("masks").EnumerateArray()));
        SamPrompt prompt = new() { Points = [new(830, 105), new(600, 100, PointLabel.Background)] };
        SamPrediction expectedPoints = Predict(prompt, multimask: false);
        AssertIs(expectedPoints.Masks[0], expectedPoints.Scores[0], Assert.Single(points.GetProperty("masks").EnumerateArray()));
    }

    [Fact]
    public async Task A_mask_is_refined_by_its_token()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);
        JsonElement first = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[690,480]],"refine":true}""");
        string token = first.GetProperty("masks")[1].GetProperty("token").GetString()!;

        JsonElement second = await site.Ask(
            "predict", $$"""{"id":"{{id}}","points":[[690,480],[600,400]],"labels":[1,0],"previous":"{{token}}"}""");

        SamPrediction start = Predict(SamPrompt.At(690, 480), multimask: true);
        SamPrompt prompt = new()
        {
            Points = [new(690, 480), new(600, 400, PointLabel.Background)],
            MaskLogits = start.LowResLogitsOf(1),
        };
        SamPrediction expected = Predict(prompt, multimask: false);
        AssertIs(expected.Masks[0], expected.Scores[0], Assert.Single(second.GetProperty("masks").EnumerateArray()));
        Assert.False(second.GetProperty("masks")[0].TryGetProperty("token", out _));
    }

    [Fact]
    public async Task A_token_is_of_one_picture_and_may_be_forgotten()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground), other = await site.Upload(TestFiles.Tree);
        JsonElement first = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[690,480]],"refine":true}""");
        string token = first.GetProperty("masks")[0].GetProperty("token").GetString()!;

        foreach ((string picture, string name) in new[] { (other, token), (id, "nonsense") })
        {
            using HttpResponseMessage response = await site.Post("predict", $$"""{"id":"{{picture}}","previous":"{{name}}"}""");
            await Problem.Expect(response, HttpStatusCode.NotFound, "unknown_token", "Ask without previous");
        }
    }

    [Fact]
    public async Task Masks_come_as_pictures_too()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);
        JsonElement answer = await site.Ask("predict", $$"""{"id":"{{id}}","box":[760,40,900,170],"format":"png"}""");
        SamMask expected = Predict(SamPrompt.Around(760, 40, 900, 170), multimask: false).Masks[0];

        JsonElement mask = answer.GetProperty("masks")[0];

        Assert.False(mask.TryGetProperty("rle", out _));
        Assert.Equal(Drawn(png => expected.WritePng(png)), mask.GetProperty("png").GetBytesFromBase64());
    }

    [Fact]
    public async Task Mask_and_cutout_are_drawn_to_be_kept()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);
        SamMask mask = TestFiles.Sun;
        string request = $$"""{"id":"{{id}}","rle":{"size":[640,960],"counts":{{JsonSerializer.Serialize(mask.ToCocoRle())}} } }""";
        ImageView picture = ImageFile.Load(TestFiles.Playground).View;

        using HttpResponseMessage plain = await site.Post("export/mask", request);
        using HttpResponseMessage cutout = await site.Post("export/cutout", request);

        Assert.Equal("image/png", plain.Content.Headers.ContentType?.MediaType);
        Assert.Equal(Drawn(png => mask.WritePng(png)), await plain.Content.ReadAsByteArrayAsync());
        Assert.Equal(Drawn(png => MaskRenderer.WriteCutout(picture, mask, png)), await cutout.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("""{"size":[640,961],"counts":"0"}""", "bad_request", "the size [640, 960]")]
    [InlineData("""{"size":[640],"counts":"0"}""", "bad_request", "the size [640, 960]")]
    [InlineData("""{"size":[640,960],"counts":null}""", "bad_json", "See openapi.json")]
    [InlineData("null", "bad_json", "See openapi.json")]
    [InlineData("""{"size":[640,960],"counts":"!"}""", "bad_mask", "character")]
    [InlineData("""{"size":[640,960],"counts":"1"}""", "bad_mask", "pixels")]
    public async Task Run_lengths_that_are_none_are_refused(string rle, string code, string saying)
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        using HttpResponseMessage response = await site.Post("export/mask", $$"""{"id":"{{id}}","rle":{{rle}}}""");

        await Problem.Expect(response, HttpStatusCode.BadRequest, code, saying);
    }

    [Theory]
    [InlineData("", "bad_request", "Say what is meant")]
    [InlineData(""","points":[[1,2,3]]""", "bad_request", "Each of points must be [x, y]")]
    [InlineData(""","points":[null]""", "bad_request", "Each of points must be [x, y]")]
    [InlineData(""","points":[[1,2]],"labels":[]""", "bad_request", "1 points and 0 labels")]
    [InlineData(""","points":[[1,2]],"labels":[-1]""", "bad_request", "Each of labels must be 1")]
    [InlineData(""","box":[1,2,3]""", "bad_request", "box must be [x0, y0, x1, y1]")]
    [InlineData(""","points":[[1,2]],"format":"gif"}""", "bad_json", "line 1, byte")]
    [InlineData(""","points":[[1,2]],"format":"gif" """, "bad_request", "format is rle or png")]
    [InlineData(""","points":[[1000,2]]""", "bad_value", "Point 1 (1000, 2) is outside the picture")]
    [InlineData(""","points":[[1e999,2]]""", "bad_value", "Point 1 (")]
    [InlineData(""","box":[10,10,5,5]""", "bad_value", "has no area")]
    [InlineData(""","points":"<script>" """, "bad_json", "See openapi.json")]
    [InlineData(""","colour":1""", "bad_json", "line 1, byte")]
    public async Task A_prompt_that_is_none_is_refused(string rest, string code, string saying)
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);

        using HttpResponseMessage response = await site.Post("predict", $$"""{"id":"{{id}}"{{rest}}}""");

        await Problem.Expect(response, HttpStatusCode.BadRequest, code, saying);
        Assert.DoesNotContain("script", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_points_and_bodies_that_are_no_JSON_are_refused()
    {
        await using Site site = await Site.Open();
        string id = await site.Upload(TestFiles.Playground);
        string points = string.Join(',', Enumerable.Repeat("[1,1]", 257));
        using HttpResponseMessage many = await site.Post("predict", $$"""{"id":"{{id}}","points":[{{points}}]}""");
        await Problem.Expect(many, HttpStatusCode.BadRequest, "bad_request", "256 are the most");
        using HttpResponseMessage nothing = await site.Post("predict", "null");
        await Problem.Expect(nothing, HttpStatusCode.BadRequest, "bad_request", "The body is null");
        using HttpResponseMessage noId = await site.Post("predict", """{"points":[[1,1]]}""");
        await Problem.Expect(noId, HttpStatusCode.BadRequest, "bad_json", "See openapi.json");
        using HttpResponseMessage unknown = await site.Post("predict", """{"id":"0","points":[[1,1]]}""");
        await Problem.Expect(unknown, HttpStatusCode.NotFound, "unknown_picture", "Upload it again");
        using StringContent text = new("id=1");
        using HttpResponseMessage form = await site.Client.PostAsync(new Uri("predict", UriKind.Relative), text);
        await Problem.Expect(form, HttpStatusCode.UnsupportedMediaType, "not_json", "application/json");
        using HttpResponseMessage large = await site.Post("predict", new string(' ', (16 << 20) + 1));
        await Problem.Expect(large, HttpStatusCode.RequestEntityTooLarge, "too_large", "Send less");
    }

    private static SamPrediction Predict(SamPrompt prompt, bool multimask)
    {
        using SamPredictor predictor = TestFiles.Demo.CreatePredictor();
        predictor.SetImage(ImageFile.Load(TestFiles.Playground).View);
        return predictor.Predict(prompt, multimask);
    }

    private static void AssertIs(SamMask mask, float score, JsonElement reply)
    {
        MaskBounds box = mask.Bounds;
        Assert.Equal(mask.ToCocoRle(), reply.GetProperty("rle").GetProperty("counts").GetString());
        Assert.Equal(score, reply.GetProperty("score").GetSingle());
        Assert.Equal(mask.Area, reply.GetProperty("area").GetInt32());
        Assert.Equal(
            [box.X, box.Y, box.Width, box.Height], reply.GetProperty("bbox").EnumerateArray().Select(side => side.GetInt32()));
    }

    private static SamMask Mask(JsonElement reply) =>
        SamMask.FromCocoRle(reply.GetProperty("rle").GetProperty("counts").GetString(), 960, 640);

    private static byte[] Drawn(Action<Stream> draw)
    {
        using MemoryStream stream = new();
        draw(stream);
        return stream.ToArray();
    }
}
