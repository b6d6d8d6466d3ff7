using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>What segment refuses: one sentence, the right exit code, and not a file left behind.</summary>
public sealed class SegmentErrorTests : IDisposable
{
    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--point 830", "--point 830: give x,y")]
    [InlineData("--point 830,a", "--point 830,a: give x,y")]
    [InlineData("--neg-point nan,3", "--neg-point nan,3: give x,y")]
    [InlineData("--box 1,2,3", "--box 1,2,3: give x0,y0,x1,y1")]
    [InlineData("--box 1,2,3,4 --box 1,2,3,4", "'--box' expects a single argument")]
    [InlineData("", "Say what is meant")]
    [InlineData("--point 1,1 --prompts p.json", "give one or the other")]
    [InlineData("--point 1,1 --threads 0", "--threads 0: give a whole number from 1")]
    [InlineData("--point 1,1 --threads two", "--threads two: give a whole number from 1")]
    [InlineData("--point 1,1 --threads -1", "--threads -1: give a whole number from 1")]
    [InlineData("--point 1,1 --threads 10000", "--threads 10000: give a whole number from 1")]
    [InlineData("--point 1,1 --format gif", "'gif' not recognized")]
    [InlineData("--point 1,1 --frobnicate", "--frobnicate")]
    [InlineData("--point 1,1 -o - --json", "-o - writes one mask")]
    [InlineData("--point 1,1 -o - --multimask", "-o - writes one mask")]
    [InlineData("--point 1,1 --overlay -", "only -o can go to stdout")]
    public void Wrong_usage_ends_with_2(string options, string saying)
    {
        Ran ran = Segment(options);

        ran.Failed(2, saying);
        Assert.Contains("See samnative segment --help.", ran.Error, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_picture_from_stdin_needs_a_name_for_the_mask() =>
        Samnative.Run(folder, "segment", "-", "--point", "1,1").Failed(2, "give it with -o");

    [Theory]
    [InlineData("--point -5,3", "Point 1 (-5, 3) is outside the picture")]
    [InlineData("--point 5,3 --neg-point 961,3", "Point 2 (961, 3) is outside the picture")]
    [InlineData("--box 10,10,5,5", "has no area")]
    [InlineData("--box 2000,10,3000,50", "lies outside the picture")]
    [InlineData("--point 1,1 -m nothing.safetensors", "neither a file nor a known model")]
    [InlineData("--point 1,1 -m vit_b", "vit_b is not downloaded: run samnative download vit_b")]
    [InlineData("--point 1,1 -m vit_h", "vit_h is not downloaded: run samnative download vit_h")]
    [InlineData("--point 1,1 --mask-input nothing.png", "Could not find file")]
    [InlineData("--point 1,1 --embedding nothing.safetensors", "Could not find file")]
    [InlineData("--prompts nothing.json", "Could not find file")]
    [InlineData("--point 1,1 -o nowhere/mask.png", "its folder does not exist")]
    [InlineData("--point 1,1 -o a.png --overlay a.png", "would be written twice")]
    [InlineData("--point 1,1 -o .", "is a folder")]
    public void What_does_not_fit_ends_with_1(string options, string saying)
    {
        string model = options.Contains("-m ", StringComparison.Ordinal) ? string.Empty : " -m demo";
        string output = options.Contains("-o ", StringComparison.Ordinal) ? string.Empty : " -o m.png --overlay o.png";

        Segment(options + model + output).Failed(1, saying);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_picture_that_is_none_is_refused()
    {
        folder.Write("empty.png", string.Empty);
        folder.Write("text.png", "no picture");
        File.WriteAllBytes(folder.File("cut.png"), File.ReadAllBytes(TestFiles.Playground)[..2000]);

        foreach ((string name, string saying) in new[]
            {
                ("empty.png", "empty.png: the file is empty"), ("text.png", "text.png: this is not a PNG"),
                ("cut.png", "cut.png: the file ends before the picture does"), ("gone.png", "Could not find file"),
                (".", ". is a folder"),
            })
        {
            Samnative.Run(folder, "segment", name, "-m", "demo", "--point", "1,1", "-o", "mask.png").Failed(1, saying);
        }

        Samnative.Run(folder, [], [], "segment", "-", "-m", "demo", "--point", "1,1", "-o", "mask.png")
            .Failed(1, "<stdin>: the file is empty");
        Assert.Equal(["cut.png", "empty.png", "text.png"], folder.Names);
    }

    [Fact]
    public void A_model_that_is_none_is_refused()
    {
        byte[] demo = File.ReadAllBytes(TestFiles.DemoModel);
        File.WriteAllBytes(folder.File("header.safetensors"), demo[..5000]);
        File.WriteAllBytes(folder.File("data.safetensors"), demo[..^100]);

        foreach ((string name, string saying) in new[]
            {
                ("header.safetensors", "header.safetensors, byte 0: the header claims"),
                ("data.safetensors", "data.safetensors, byte "),
                (TestFiles.Playground, "is a picture, not weights"),
                (folder.Path, "is a folder"),
            })
        {
            Segment("--point 1,1 -o mask.png", "-m", name).Failed(1, saying);
        }

        Assert.Equal(["data.safetensors", "header.safetensors"], folder.Names);
    }

    [Fact]
    public void An_encoder_alone_answers_no_prompts_but_encodes()
    {
        SamConfig config = SamConfig.Parse(ReferenceData.Config("tiny"), "tiny");
        using (SyntheticCheckpoint tiny = new(config))
        {
            SafetensorsWriter writer = new();
            foreach (LayoutTensor tensor in new SamLayout(config).Encoder)
            {
                Assert.True(tiny.TryGet(tensor.Name, out TensorInfo? found));
                writer.Add(tensor.Name, tiny, found);
            }

            writer.Save(folder.File("encoder.safetensors"));
        }

        Segment("-m encoder.safetensors --point 1,1 -o m.png").Failed(1, "can encode pictures but not answer prompts");
        Assert.Equal(["encoder.safetensors"], folder.Names);
        string[] arguments = ["encode", TestFiles.SmallPicture, "-m", "encoder.safetensors", "-o", "e.safetensors"];
        Ran encode = Samnative.Run(folder, arguments);
        Assert.Contains("holds the image encoder alone", encode.Succeeded().Error, StringComparison.Ordinal);
        JsonElement bench = Samnative.Run(folder, "bench", "-m", "encoder.safetensors", "--runs", "1", "--json").Json;
        Assert.Equal(JsonValueKind.Null, bench.GetProperty("decode_ms").ValueKind);
    }

    [Theory]
    [InlineData("""{"points": [[1, 1]]}""", "points has 1 items and labels 0")]
    [InlineData("""{"labels": [1]}""", "points has 0 items and labels 1")]
    [InlineData("""{"points": [[1, 1], [2]], "labels": [1, 1]}""", "points[1] must be [x, y]")]
    [InlineData("""{"points": [[1, "1"]], "labels": [1]}""", "points[0] must be [x, y]")]
    [InlineData("""{"points": [[1, 1]], "labels": [2]}""", "labels[0] must be 1 (on it) or 0 (not on it)")]
    [InlineData("""{"points": [[1, 1]], "labels": [true]}""", "labels[0] must be 1 (on it) or 0 (not on it)")]
    [InlineData("""{"points": 1, "labels": [1]}""", "points must be a list of [x, y]")]
    [InlineData("""{"box": [1, 2, 3]}""", "box must be [x0, y0, x1, y1]")]
    [InlineData("""{"box": [1, 2, 3, 4], "colour": 1}""", "the key colour must be points, labels or box")]
    [InlineData("""{"box": [1, 2, 3, 4], "box": [1, 2, 3, 4]}""", "this is no valid JSON")]
    [InlineData("""{"box": [1, 2, 3, 4]""", "this is no valid JSON")]
    [InlineData("[1]", "the prompt must be an object")]
    [InlineData("{}", "the prompt must be at least one point or a box")]
    [InlineData("""{"points": [[1e999, 1]], "labels": [1]}""", "points[0] must be [x, y]")]
    public void A_prompt_file_that_is_none_is_refused(string text, string saying)
    {
        folder.Write("p.json", text);

        Segment("-m demo --prompts p.json -o mask.png").Failed(1, saying);
        Assert.Equal(["p.json"], folder.Names);
    }

    [Fact]
    public void A_prompt_file_that_is_too_long_is_refused()
    {
        folder.Write("p.json", """{"box": [1, 2, 3, 4]}""" + new string(' ', 16 * 1024));

        Segment("-m demo --prompts p.json -o mask.png").Failed(1, "p.json: a prompt has at most 16384 bytes");
        Assert.Equal(["p.json"], folder.Names);
    }

    [Fact]
    public void A_mask_to_start_from_must_fit()
    {
        string tiny = TestFiles.SynthTiny(folder);
        Segment($"-m {tiny} --point 9,9 -o t.png --logits-out t.safetensors").Succeeded();
        SafetensorsWriter writer = new();
        writer.Add("low_res_logits", [3, 64, 64], new float[3 * 64 * 64]);
        writer.Save(folder.File("three.safetensors"));
        string[] before = folder.Names;

        Segment("-m demo -o m.png", "--mask-input", TestFiles.SmallPicture)
            .Failed(1, "The mask prompt has 180 x 120 pixels");
        Segment("-m demo -o m.png", "--mask-input", TestFiles.DemoModel).Failed(1, "the file has none of that name");
        Segment("-m demo -o m.png --mask-input three.safetensors").Failed(1, "has \"low_res_logits\" F32 [3, 64, 64]");
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public void An_embedding_must_be_of_this_model_and_this_picture()
    {
        string tiny = TestFiles.SynthTiny(folder);
        Samnative.Run(folder, "encode", TestFiles.Playground, "-m", tiny, "-o", "other-model.safetensors").Succeeded();
        Samnative.Run(folder, "encode", TestFiles.SmallPicture, "-m", "demo", "-o", "other-size.safetensors")
            .Succeeded();
        string[] before = folder.Names;

        Segment("-m demo --point 1,1 --embedding other-model.safetensors -o m.png")
            .Failed(1, "was made by the model with SHA-256");
        Segment("-m demo --point 1,1 --embedding other-size.safetensors -o m.png")
            .Failed(1, "is the embedding of a picture of 180 x 120 pixels, not of this one, which has 960 x 640");
        Segment("-m demo --point 1,1 -o m.png", "--embedding", TestFiles.DemoModel).Failed(1, "holds image_embedding");
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public void An_embedding_must_be_of_this_minor_version_and_of_one_picture()
    {
        using SamModel demo = SamModel.Load(TestFiles.DemoModel);
        ImageView picture = ImageFile.Load(TestFiles.Playground).View;
        using SamEmbedding two = demo.Encode([picture, picture]);
        two.Save(folder.File("two.safetensors"));
        using SamEmbedding one = demo.Encode(picture);
        one.Save(folder.File("one.safetensors"));
        using (SafetensorsFile file = SafetensorsFile.Open(folder.File("one.safetensors")))
        {
            SafetensorsWriter writer = new();
            foreach ((string key, string value) in file.Metadata)
            {
                writer.AddMetadata(key, key == "samnative_version" ? "0.0.1" : value);
            }

            writer.Add("image_embedding", file, file.Tensors[0]);
            writer.Save(folder.File("old.safetensors"));
        }

        string[] before = folder.Names;

        Segment("-m demo --point 1,1 --embedding old.safetensors -o m.png")
            .Failed(1, "was made by samnative 0.0.1, whose arithmetic may differ");
        Segment("-m demo --point 1,1 --embedding two.safetensors -o m.png").Failed(1, "the embedding of 2 pictures");
        Assert.Equal(before, folder.Names);
    }

    /// <summary>Segments the playground: options without spaces in them, and others as they are.</summary>
    private Ran Segment(string options, params string[] more)
    {
        string[] words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Samnative.Run(folder, ["segment", TestFiles.Playground, .. words, .. more]);
    }
}
