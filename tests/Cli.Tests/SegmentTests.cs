using System.Text;
using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb segment, on the demo model and a picture whose shapes are known.</summary>
public sealed class SegmentTests : IDisposable
{
    private const string DemoLine = "knows only drawn shapes";

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_click_on_the_sun_gives_the_sun()
    {
        Ran ran = Sun("-o", "sun.png", "--overlay", "over.png", "--cutout", "cut.png");

        Assert.StartsWith("sun.png over.png cut.png: score 0.", ran.Succeeded().Text, StringComparison.Ordinal);
        Assert.Equal(["cut.png", "over.png", "sun.png"], folder.Names);
        SamMask mask = TestFiles.ReadMask(folder.File("sun.png"));
        Assert.True(mask.IntersectionOverUnion(TestFiles.Sun) >= 0.88);
        CheckOverlay(mask);
        CheckCutout(mask);
    }

    [Fact]
    public void Without_a_model_one_line_on_stderr_says_which_one_is_used()
    {
        Ran ran = Samnative.Run(folder, "segment", TestFiles.Playground, "--point", TestFiles.SunPoint, "--json");

        string line = Assert.Single(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(DemoLine, line, StringComparison.Ordinal);
        Assert.Contains("samnative download vit_b.", ran.Error, StringComparison.Ordinal);
        Assert.Equal("demo", ran.Json.GetProperty("model").GetString());
    }

    [Fact]
    public void With_a_model_a_redirected_run_says_nothing_on_stderr()
    {
        Ran ran = Sun("-o", "m.png");

        Assert.Empty(ran.Succeeded().Error);
    }

    [Fact]
    public void A_vit_b_in_the_cache_goes_before_the_demo_model()
    {
        File.Copy(folder.File(TestFiles.SynthTiny(folder)), Path.Combine(folder.Cache, "vit_b.safetensors"));

        Ran ran = Samnative.Run(folder, "segment", TestFiles.SmallPicture, "--point", "50,50", "--json");

        Assert.Equal("vit_b", ran.Json.GetProperty("model").GetString());
        Assert.DoesNotContain(DemoLine, ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "--point", "830,105" }, true)]
    [InlineData(new[] { "--point", "830,105", "--neg-point", "300,200" }, false)]
    [InlineData(new[] { "--box", "768,43,892,167" }, false)]
    [InlineData(new[] { "--point", "830,105", "--box", "768.5,43,892,167" }, false)]
    public void The_json_is_what_the_predictor_says(string[] asked, bool bestOfThree)
    {
        string[] arguments = ["segment", TestFiles.Playground, "-m", "demo", "--json", .. asked];
        JsonElement json = Samnative.Run(folder, arguments).Json;

        SamPrediction expected = Predict(asked, bestOfThree);
        Assert.Equal(["image", "width", "height", "model", "masks"], json.Keys());
        Assert.Equal(TestFiles.Playground, json.Text("image"));
        Assert.Equal(960, json.GetProperty("width").GetInt32());
        Assert.Equal(640, json.GetProperty("height").GetInt32());
        Assert.Equal("demo", json.Text("model"));
        CheckMask(Assert.Single(json.GetProperty("masks").EnumerateArray()), expected, expected.Best);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Multimask_writes_and_lists_all_three()
    {
        string[] outputs = ["-o", "m.png", "--overlay", "o.png", "--logits-out", "l.safetensors"];
        JsonElement json = Sun(["--multimask", "--json", .. outputs]).Json;

        Assert.Equal(
            [
                "l-0.safetensors", "l-1.safetensors", "l-2.safetensors", "m-0.png", "m-1.png", "m-2.png", "o-0.png",
                "o-1.png", "o-2.png",
            ],
            folder.Names);
        SamPrediction expected = Predict(["--point", TestFiles.SunPoint], multimask: true);
        JsonElement[] masks = [.. json.GetProperty("masks").EnumerateArray()];
        Assert.Equal(3, masks.Length);
        for (int i = 0; i < 3; i++)
        {
            CheckMask(masks[i], expected, i);
            Assert.Equal(expected.Masks[i].ToRle(), TestFiles.ReadMask(folder.File($"m-{i}.png")).ToRle());
        }
    }

    [Fact]
    public void Without_a_name_the_mask_lies_beside_the_picture()
    {
        File.Copy(TestFiles.Playground, folder.File("my.picture.png"));

        string[] arguments = ["segment", "my.picture.png", "-m", "demo", "--point", TestFiles.SunPoint];
        Samnative.Run(folder, arguments).Succeeded();
        Samnative.Run(folder, [.. arguments, "--format", "coco"]).Succeeded();

        Assert.Equal(["my.picture.mask.json", "my.picture.mask.png", "my.picture.png"], folder.Names);
    }

    [Fact]
    public void Stdin_and_stdout_take_the_place_of_files()
    {
        byte[] picture = File.ReadAllBytes(TestFiles.Playground);

        Ran ran = Samnative.Run(
            folder, picture, [], "segment", "-", "-m", "demo", "--point", TestFiles.SunPoint, "-o", "-");
        Sun("-o", "file.png").Succeeded();

        Assert.Equal(File.ReadAllBytes(folder.File("file.png")), ran.Succeeded().Output);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public void The_formats_hold_the_same_mask()
    {
        foreach (string format in new[] { "png", "rle", "coco", "polygon" })
        {
            string name = format == "png" ? "mask.png" : $"{format}.json";
            Sun("--format", format, "-o", name).Succeeded();
        }

        SamMask mask = TestFiles.ReadMask(folder.File("mask.png"));
        JsonElement rle = ReadJson("rle.json");
        Assert.Equal(mask.ToRle().Select(count => (long)count), rle.Numbers("counts"));
        Assert.Equal(mask.ToCocoRle(), ReadJson("coco.json").Text("counts"));
        JsonElement polygons = ReadJson("polygon.json");
        Assert.Equal(mask.ToPolygons().Count, polygons.GetProperty("polygons").GetArrayLength());
        (int x, int y) = mask.ToPolygons()[0].Outer[0];
        JsonElement corner = polygons.Items("polygons")[0].Items("outer")[0];
        Assert.Equal([x, y], corner.EnumerateArray().Select(value => value.GetInt32()));
        Assert.All([rle, ReadJson("coco.json"), polygons], json => Assert.Equal([640, 960], json.Numbers("size")));
    }

    [Fact]
    public void Logits_of_one_run_refine_the_next()
    {
        Sun("-o", "a.png", "--logits-out", "a.safetensors").Succeeded();

        JsonElement json = Sun("--mask-input", "a.safetensors", "--json").Json;

        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        using SamPredictor predictor = Ready(model);
        SamPrediction first = predictor.Predict(SamPrompt.At(830, 105));
        SamPrompt refined = new() { Points = [new SamPoint(830, 105)], MaskLogits = first.LowResLogitsOf(first.Best) };
        CheckMask(json.GetProperty("masks")[0], predictor.Predict(refined, multimask: false), 0);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("a.safetensors"));
        Assert.Equal([1L, 64, 64], Assert.Single(file.Tensors).Shape);
    }

    [Fact]
    public void A_mask_picture_is_a_prompt()
    {
        using (FileStream stream = File.Create(folder.File("disc.png")))
        {
            TestFiles.Sun.WritePng(stream);
        }

        string[] arguments = ["segment", TestFiles.Playground, "-m", "demo", "--mask-input", "disc.png", "--json"];
        JsonElement json = Samnative.Run(folder, arguments).Json;

        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        using SamPredictor predictor = Ready(model);
        SamPrediction expected = predictor.Predict(new SamPrompt { Mask = TestFiles.Sun }, multimask: false);
        CheckMask(json.GetProperty("masks")[0], expected, 0);
    }

    [Fact]
    public void A_saved_embedding_takes_the_place_of_encoding()
    {
        Samnative.Run(folder, "encode", TestFiles.Playground, "-m", "demo", "-o", "e.safetensors").Succeeded();

        JsonElement json = Sun("--embedding", "e.safetensors", "--json").Json;

        SamPrediction expected = Predict(["--point", TestFiles.SunPoint], multimask: true);
        CheckMask(json.GetProperty("masks")[0], expected, expected.Best);
    }

    [Fact]
    public void A_prompt_file_says_what_the_options_say()
    {
        folder.Write("p.json", """{"points": [[830,105],[300,200.5]], "labels": [1,0], "box": [768,43,892,167]}""");

        string[] arguments = ["segment", TestFiles.Playground, "-m", "demo", "--prompts", "p.json", "--json"];
        Ran file = Samnative.Run(folder, arguments);
        Ran options = Sun("--neg-point", "300,200.5", "--box", "768,43,892,167", "--json");

        Assert.Equal(options.Succeeded().Text, file.Succeeded().Text);
    }

    [Fact]
    public void Threads_do_not_change_the_answer()
    {
        string one = Sun("--json", "--threads", "1").Succeeded().Text;
        string three = Sun("--json", "--threads", "3").Succeeded().Text;

        Assert.Equal(one, three);
    }

    [Fact]
    public void Nothing_is_replaced_without_force()
    {
        folder.Write("sun.png", "precious");

        Sun("-o", "sun.png").Failed(1, "sun.png exists");
        Assert.Equal("precious", File.ReadAllText(folder.File("sun.png")));

        Sun("-o", "sun.png", "--force").Succeeded();
        Assert.True(TestFiles.ReadMask(folder.File("sun.png")).Area > 0);
        Assert.Equal(["sun.png"], folder.Names);
    }

    /// <summary>Clicks on the sun with the demo model.</summary>
    private Ran Sun(params string[] more) => Samnative.Run(
        folder, ["segment", TestFiles.Playground, "-m", "demo", "--point", TestFiles.SunPoint, .. more]);

    private static SamPredictor Ready(SamModel model)
    {
        SamPredictor predictor = model.CreatePredictor();
        predictor.SetImage(ImageFile.Load(TestFiles.Playground).View);
        return predictor;
    }

    /// <summary>Asks the library what the options ask the program.</summary>
    private static SamPrediction Predict(string[] asked, bool multimask)
    {
        SamPrompt prompt = new();
        for (int i = 0; i < asked.Length; i += 2)
        {
            double[] numbers = [.. asked[i + 1].Split(',').Select(double.Parse)];
            if (asked[i] == "--box")
            {
                SamBox box = new(numbers[0], numbers[1], numbers[2], numbers[3]);
                prompt = new SamPrompt { Points = prompt.Points, Box = box };
            }
            else
            {
                PointLabel label = asked[i] == "--point" ? PointLabel.Foreground : PointLabel.Background;
                prompt.Points.Add(new SamPoint(numbers[0], numbers[1], label));
            }
        }

        using SamModel model = SamModel.Load(TestFiles.DemoModel);
        using SamPredictor predictor = Ready(model);
        return predictor.Predict(prompt, multimask);
    }

    private static void CheckMask(JsonElement json, SamPrediction expected, int index)
    {
        SamMask mask = expected.Masks[index];
        MaskBounds box = mask.Bounds;
        Assert.Equal(["score", "area", "bbox", "rle"], json.Keys());
        Assert.Equal(expected.Scores[index], json.GetProperty("score").GetSingle());
        Assert.Equal(mask.Area, json.GetProperty("area").GetInt32());
        Assert.Equal([box.X, box.Y, box.Width, box.Height], json.Numbers("bbox"));
        JsonElement rle = json.GetProperty("rle");
        Assert.Equal(["size", "counts"], rle.Keys());
        Assert.Equal([mask.Height, mask.Width], rle.Numbers("size"));
        Assert.Equal(mask.ToCocoRle(), rle.Text("counts"));
    }

    private static byte[] Rgb(DecodedImage picture, int x, int y) =>
        picture.Rgb.Slice(((y * picture.Width) + x) * 3, 3).ToArray();

    private JsonElement ReadJson(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(folder.File(name), Encoding.UTF8));
        return document.RootElement.Clone();
    }

    /// <summary>Tinted where the mask is, untouched far from it.</summary>
    private void CheckOverlay(SamMask mask)
    {
        DecodedImage picture = ImageFile.Load(TestFiles.Playground);
        DecodedImage overlay = ImageFile.Load(folder.File("over.png"));
        Assert.True(mask[850, 130]);
        Assert.NotEqual(Rgb(picture, 850, 130), Rgb(overlay, 850, 130));
        Assert.Equal(Rgb(picture, 300, 500), Rgb(overlay, 300, 500));
    }

    /// <summary>The picture where the mask is, black where it is not.</summary>
    private void CheckCutout(SamMask mask)
    {
        DecodedImage picture = ImageFile.Load(TestFiles.Playground);
        DecodedImage cutout = ImageFile.Load(folder.File("cut.png"));
        for (int y = 0; y < mask.Height; y += 7)
        {
            for (int x = 0; x < mask.Width; x += 7)
            {
                Assert.Equal(mask[x, y] ? Rgb(picture, x, y) : [0, 0, 0], Rgb(cutout, x, y));
            }
        }
    }
}
