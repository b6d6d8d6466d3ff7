using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb everything, on the demo model and a picture whose shapes are known.</summary>
public sealed class EverythingTests : IDisposable
{
    private static readonly string[] keys =
        ["score", "area", "bbox", "rle", "stability_score", "point_coords", "crop_box"];

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_files_own_thresholds_give_the_originals_records()
    {
        JsonElement json = Everything("--json").Json;

        Assert.Equal(["image", "width", "height", "model", "masks"], json.Keys());
        Assert.Equal(TestFiles.Playground, json.Text("image"));
        Assert.Equal(960, json.GetProperty("width").GetInt32());
        Assert.Equal(640, json.GetProperty("height").GetInt32());
        CheckRecords(json, "own_defaults");
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Every_option_of_the_original_reaches_the_generator()
    {
        CheckRecords(
            Everything(
                "--json", "--points-per-side", "32", "--pred-iou-thresh", "0.4", "--stability-score-thresh", "0.5",
                "--stability-score-offset", "0.5", "--box-nms-thresh", "0.5").Json,
            "loose");
        CheckRecords(
            Everything(
                "--json", "--points-per-side", "16", "--pred-iou-thresh", "0.6", "--stability-score-thresh", "0.7",
                "--crop-n-layers", "1", "--crop-n-points-downscale-factor", "2", "--box-nms-thresh", "0.7",
                "--crop-nms-thresh", "0.7", "--crop-overlap-ratio", "0.3413333333333333").Json,
            "crops");
        CheckRecords(
            Everything(
                "--json", "--points-per-side", "16", "--points-per-batch", "37", "--pred-iou-thresh", "0.5",
                "--stability-score-thresh", "0.6", "--min-mask-region-area", "200").Json,
            "regions");
    }

    [Fact]
    public void No_masks_are_an_empty_list_in_every_form()
    {
        string[] none = ["--points-per-side", "4", "--pred-iou-thresh", "2"];
        Assert.Empty(Everything(["--json", "--overlay", "o.png", "--label-map", "l.png", .. none]).Json.Items("masks"));
        Everything(["-o", "out", .. none]).Succeeded();
        Everything(["-o", "none.json", "--format", "sa1b", .. none]).Succeeded();

        Assert.Empty(MaskFolder.Read(folder.File("out/playground")));
        Assert.Empty(Sa1bFile.Read(folder.File("none.json")).Masks);
        Assert.All(LabelMapFile.Read(folder.File("l.png")).Labels, label => Assert.Equal(0, label));
        Assert.Equal(ImageFile.Load(TestFiles.Playground).Rgb, ImageFile.Load(folder.File("o.png")).Rgb);
    }

    [Fact]
    public void All_forms_hold_the_same_masks()
    {
        JsonElement json = Everything("-o", "out", "--json").Json;
        foreach (string format in new[] { "coco", "sa1b", "labelme" })
        {
            Everything("-o", $"{format}.json", "--format", format).Succeeded();
        }

        Ran stdout = Everything("-o", "-", "--convert-to-rle");
        Everything("-o", "out", "--format", "rle").Succeeded();

        string[] expected = [.. json.Items("masks").Select(mask => mask.GetProperty("rle").Text("counts"))];
        Assert.Equal(["playground", "playground.json"], Entries("out"));
        Assert.Equal(expected, Counts(MaskFolder.Read(folder.File("out/playground"))));
        Assert.Equal(expected, Counts(RecordFile.Read(folder.File("out/playground.json"))));
        Assert.Equal(stdout.Succeeded().Output, File.ReadAllBytes(folder.File("out/playground.json")));
        PictureMasks sa1b = Sa1bFile.Read(folder.File("sa1b.json"));
        Assert.Equal(("playground.png", new ImageSize(640, 960)), (sa1b.FileName, sa1b.Size));
        Assert.Equal(expected, Counts(sa1b.Masks));
        Assert.Equal(expected, Counts(Assert.Single(CocoFile.Read(folder.File("coco.json"))).Masks));
        Assert.Equal(expected, LabelmeFile.Read(folder.File("labelme.json")).Select(mask => mask.ToCocoRle()));
    }

    [Fact]
    public void Labelme_finds_the_picture_from_its_file()
    {
        File.Copy(TestFiles.Playground, folder.File("my picture.png"));
        Directory.CreateDirectory(folder.File("sub"));

        Samnative.Run(
            folder, "everything", "my picture.png", "-m", "demo", "-o", "sub/all.json", "--format", "labelme").Succeeded();

        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.File("sub/all.json")));
        Assert.Equal("../my picture.png", document.RootElement.Text("imagePath"));
    }

    [Fact]
    public void The_label_map_and_the_overlay_show_the_masks()
    {
        JsonElement json = Everything("--json", "--label-map", "l.png", "--overlay", "o.png").Json;

        AutomaticMask[] masks = [.. json.Items("masks").Select(Read)];
        (ushort[] labels, ImageSize size) = LabelMapFile.Read(folder.File("l.png"));
        Assert.Equal(LabelMap.Of(masks, size).Labels.ToArray(), labels);
        DecodedImage picture = ImageFile.Load(TestFiles.Playground), overlay = ImageFile.Load(folder.File("o.png"));
        Assert.Equal((960, 640), (overlay.Width, overlay.Height));
        HashSet<(int, int, int)> tints = [];
        ushort[] seen = [.. labels.Distinct().Where(label => label != 0)];
        foreach (ushort label in seen)
        {
            (int x, int y) = Middle(labels, label);
            Assert.NotEqual(Rgb(picture, x, y), Rgb(overlay, x, y));
            tints.Add(Rgb(overlay, x, y));
        }

        Assert.True(seen.Length >= 6);
        Assert.Equal(seen.Length, tints.Count);
    }

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        Everything("-o", "one.json", "--format", "coco", "--threads", "1").Succeeded();
        Everything("-o", "three.json", "--format", "coco", "--threads", "3").Succeeded();

        Assert.Equal(File.ReadAllBytes(folder.File("one.json")), File.ReadAllBytes(folder.File("three.json")));
    }

    [Fact]
    public void What_the_original_lacks_takes_masks_away()
    {
        int all = Everything("--json").Json.Items("masks").Length;
        int apart = Everything("--json", "--containment-thresh", "0.5", "--mask-nms-thresh", "0.5", "--fill-holes")
            .Json.Items("masks").Length;

        Assert.InRange(apart, 1, all - 1);
    }

    [Fact]
    public void A_picture_from_stdin_has_that_name()
    {
        byte[] picture = File.ReadAllBytes(TestFiles.Playground);

        Samnative.Run(folder, picture, [], "everything", "-", "-m", "demo", "-o", "out").Succeeded();

        Assert.Equal(["stdin"], Entries("out"));
    }

    [Fact]
    public void Nothing_is_replaced_without_force_and_never_what_is_not_ours()
    {
        Directory.CreateDirectory(folder.File("out/playground"));
        folder.Write("all.json", "precious");

        Everything("-o", "out").Failed(1, "exists: choose another folder");
        Everything("-o", "all.json", "--format", "coco").Failed(1, "all.json exists");
        folder.Write("out/playground/notes.txt", "precious");
        Everything("-o", "out", "--force").Failed(1, "holds more than masks (notes.txt)");
        Assert.Equal("precious", File.ReadAllText(folder.File("out/playground/notes.txt")));
        File.Delete(folder.File("out/playground/notes.txt"));

        Everything("-o", "out", "--force").Succeeded();
        Everything("-o", "all.json", "--format", "coco", "--force").Succeeded();
        Assert.NotEmpty(MaskFolder.Read(folder.File("out/playground")));
        Assert.NotEmpty(CocoFile.Read(folder.File("all.json")));
        Assert.Equal(["playground"], Entries("out"));
    }

    [Fact]
    public void Cancelled_it_leaves_nothing()
    {
        using RunningProgram run = Samnative.Start(
            folder, [], [], "everything", TestFiles.Playground, "-m", "demo", "-o", "out", "--points-per-side", "400",
            "--pred-iou-thresh", "0", "--stability-score-thresh", "0");
        run.WaitUntil(() => run.ProcessorTime > TimeSpan.FromSeconds(3));
        run.PressControlC();

        run.End().Failed(130, "cancelled");
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("", "Say what to write")]
    [InlineData("-o -", "-o - writes one JSON file")]
    [InlineData("-o - --format coco --json", "-o - writes one JSON file")]
    [InlineData("-o a.json", "the format png needs a folder")]
    [InlineData("-o out --format gif", "'gif' not recognized")]
    [InlineData("-o out --format coco --convert-to-rle", "leave one of them out")]
    [InlineData("-o out --overlay -", "only -o can go to stdout")]
    [InlineData("-o out --points-per-side 0", "--points-per-side 0: give a whole number from 1 to 1024")]
    [InlineData("-o out --points-per-side 1.5", "--points-per-side 1.5: give a whole number")]
    [InlineData("-o out --pred-iou-thresh nan", "--pred-iou-thresh nan: give a number.")]
    [InlineData("-o out --crop-overlap-ratio 2", "--crop-overlap-ratio 2: give a number from 0 to 1")]
    [InlineData("-o out --box-nms-thresh -1", "--box-nms-thresh -1: give a number from 0 on")]
    [InlineData("-o out --crop-n-layers 7", "--crop-n-layers 7: give a whole number from 0 to 6")]
    public void Wrong_usage_ends_with_2(string options, string saying)
    {
        Ran ran = Everything(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        ran.Failed(2, saying);
        Assert.Contains("See samnative everything --help.", ran.Error, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("--overlay a.png --label-map a.png", "would be written twice")]
    [InlineData("--overlay nowhere/a.png", "its folder does not exist")]
    [InlineData("-o out --points-per-side 2 --crop-n-layers 2 --crop-n-points-downscale-factor 2", "without points")]
    public void What_does_not_fit_ends_with_1(string options, string saying)
    {
        Everything(options.Split(' ')).Failed(1, saying);
        Assert.Empty(folder.Names);
    }

    private Ran Everything(params string[] more) =>
        Samnative.Run(folder, ["everything", TestFiles.Playground, "-m", "demo", .. more]);

    private string[] Entries(string name) =>
    [
        .. Directory.GetFileSystemEntries(folder.File(name))
            .Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal),
    ];

    private static string[] Counts(IReadOnlyList<AutomaticMask> masks) =>
        [.. masks.Select(mask => mask.Segmentation.ToCocoRle())];

    /// <summary>Holds the masks to the records of a run of the original.</summary>
    private static void CheckRecords(JsonElement json, string run)
    {
        using JsonDocument reference = JsonDocument.Parse(
            File.ReadAllBytes(ReferenceData.Find("demo.playground.amg.json")));
        JsonElement[] expected = reference.RootElement.GetProperty("runs").GetProperty(run).Items("records");
        JsonElement[] masks = json.Items("masks");
        Assert.Equal(expected.Length, masks.Length);
        for (int i = 0; i < masks.Length; i++)
        {
            Assert.Equal(keys, masks[i].Keys());
            AutomaticMask mask = Read(masks[i]);
            SamMask theirs = Reference(expected[i]);
            Assert.True(theirs.IntersectionOverUnion(mask.Segmentation.ToMask()) >= 0.999, $"{run} {i}");
            Assert.Equal(mask.Area, masks[i].GetProperty("area").GetInt32());
            Assert.Equal(expected[i].GetProperty("predicted_iou").GetDouble(), mask.PredictedIou, 1e-4);
            Assert.Equal(expected[i].GetProperty("stability_score").GetDouble(), mask.StabilityScore, 1e-3);
            Assert.Equal(
                expected[i].Items("crop_box").Select(side => (int)side.GetDouble()),
                masks[i].Numbers("crop_box").Select(side => (int)side));
            JsonElement point = expected[i].GetProperty("point_coords")[0];
            Assert.Equal(point[0].GetDouble(), mask.Point.X, 1e-9);
            Assert.Equal(point[1].GetDouble(), mask.Point.Y, 1e-9);
            Assert.All(
                expected[i].Numbers("bbox").Zip(masks[i].Numbers("bbox")),
                sides => Assert.InRange(sides.Second - sides.First, -1, 1));
        }
    }

    private static SamMask Reference(JsonElement record)
    {
        JsonElement segmentation = record.GetProperty("segmentation");
        int[] counts = [.. segmentation.Numbers("counts").Select(count => (int)count)];
        return SamMask.FromRle(counts, 960, 640);
    }

    private static AutomaticMask Read(JsonElement json)
    {
        long[] size = json.GetProperty("rle").Numbers("size");
        MaskRle rle = MaskRle.FromCocoRle(
            json.GetProperty("rle").Text("counts"), new ImageSize((int)size[0], (int)size[1]));
        JsonElement point = json.GetProperty("point_coords")[0];
        return new AutomaticMask
        {
            Segmentation = rle,
            Bounds = rle.Bounds,
            PredictedIou = json.GetProperty("score").GetSingle(),
            StabilityScore = json.GetProperty("stability_score").GetSingle(),
            Point = new SamPoint(point[0].GetDouble(), point[1].GetDouble()),
            CropBox = default,
        };
    }

    /// <summary>The middle of the longest stretch of a label.</summary>
    private static (int X, int Y) Middle(ushort[] labels, int label)
    {
        (int At, int Length) best = default;
        for (int start = 0; start < labels.Length;)
        {
            int rest = labels.AsSpan(start).IndexOfAnyExcept(labels[start]);
            int length = rest < 0 ? labels.Length - start : rest;
            best = labels[start] == label && length > best.Length ? (start + (length / 2), length) : best;
            start += length;
        }

        (int y, int x) = Math.DivRem(best.At, 960);
        return (x, y);
    }

    private static (int, int, int) Rgb(DecodedImage picture, int x, int y)
    {
        ReadOnlySpan<byte> pixel = picture.Rgb.Span.Slice(((y * picture.Width) + x) * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }
}
