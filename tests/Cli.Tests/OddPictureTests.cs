using System.Text.Json;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SkiaSharp;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Pictures that are turned, unfinished, dark, large, or of formats that are not read.</summary>
public sealed class OddPictureTests : IDisposable
{
    private static readonly int[] sunBox = [770, 48, 116, 115];

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("exif6.png")]
    [InlineData("exif6.webp")]
    public void A_click_counts_on_the_upright_picture(string name)
    {
        Ran ran = Sun(ReferenceData.Find(name));

        Assert.Equal((960, 640), (ran.Json.GetProperty("width").GetInt32(), ran.Json.GetProperty("height").GetInt32()));
        Assert.Equal(sunBox, Box(ran.Json));
        Assert.Equal(Box(Sun(TestFiles.Playground).Json), Box(ran.Json));
        Assert.Empty(ran.Error);
    }

    [Fact]
    public void What_is_odd_about_a_picture_is_said()
    {
        string cut = ReferenceData.Find("noeoi.jpg");
        Write("whole.jpg", [.. File.ReadAllBytes(cut), 0xFF, 0xD9]);
        Write("cut.jpg", File.ReadAllBytes(cut)[..^1]);

        Ran ran = Sun(cut);

        Assert.Equal(Masks(Sun("whole.jpg")), Masks(ran));
        Assert.Contains("noeoi.jpg: the mark at the end of the JPEG file is missing", ran.Error, StringComparison.Ordinal);
        Sun("cut.jpg").Failed(1, "the file ends before the picture does");
    }

    [Fact]
    public void A_mask_may_be_the_alpha_of_a_picture_of_one_colour()
    {
        DecodedImage alpha = ImageFile.Load(ReferenceData.Find("sunalpha.png"));
        using (FileStream stream = File.Create(folder.File("mask.png")))
        {
            SamMask.FromBytes(alpha.Alpha.Span, alpha.Width, alpha.Height).WritePng(stream);
        }

        Ran expected = WithMask("mask.png");

        Assert.Equal(Masks(expected), Masks(WithMask(ReferenceData.Find("sunalpha.png"))));
        using SKBitmap all = new(new SKImageInfo(960, 640, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        all.Erase(new SKColor(255, 255, 255, 128));
        Write("all.png", all);
        Assert.NotEqual(Masks(expected), Masks(WithMask("all.png")));
    }

    [Fact]
    public void Alpha_says_nothing_where_colours_do()
    {
        using SKBitmap drawn = Drawn();
        Write("colours.png", drawn);
        drawn.SetPixel(0, 0, new SKColor(0, 0, 0, 7));
        Write("both.png", drawn);

        Assert.Equal(Masks(WithMask("colours.png")), Masks(WithMask("both.png")));

        static SKBitmap Drawn()
        {
            SKBitmap bitmap = new(new SKImageInfo(960, 640, SKColorType.Rgba8888, SKAlphaType.Unpremul));
            bitmap.Erase(SKColors.Black);
            using SKCanvas canvas = new(bitmap);
            using SKPaint white = new() { Color = SKColors.White };
            canvas.DrawCircle(828, 105, 57, white);
            return bitmap;
        }
    }

    [Theory]
    [InlineData("segment", "--point", "5,5", "--json")]
    [InlineData("everything", "--json")]
    [InlineData("encode", "-o", "e.safetensors")]
    [InlineData("profile", "--runs", "1")]
    public void A_picture_that_is_too_large_is_refused_with_the_option_that_allows_it(string verb, params string[] more)
    {
        string[] arguments = [verb, TestFiles.Playground, "-m", "demo", .. more];

        Ran ran = Samnative.Run(folder, [.. arguments, "--max-picture-mb", "4"]);

        ran.Failed(1, "playground.png: the picture has 960 x 640 pixels: decoding takes 4.7 MiB, more than the 4 MiB");
        Assert.Contains("--max-picture-mb", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Limits", ran.Error, StringComparison.Ordinal);
        Samnative.Run(folder, [.. arguments, "--max-picture-mb", "5"]).Succeeded();
    }

    [Fact]
    public void The_size_of_the_file_is_limited_by_the_same_option()
    {
        Write("large.png", new byte[(1 << 19) + 1]);

        Ran ran = Sun("large.png", "--max-picture-mb", "1");

        ran.Failed(1, "more than the 524288 bytes that are allowed");
        Assert.Contains("allow more with --max-picture-mb", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_photo_of_a_phone_is_taken()
    {
        using SKBitmap gray = new(new SKImageInfo(12_000, 9_000, SKColorType.Gray8, SKAlphaType.Opaque));
        gray.Erase(SKColors.Gray);
        using SKData jpeg = gray.Encode(SKEncodedImageFormat.Jpeg, 50);
        Write("phone.jpg", jpeg.ToArray());

        Ran ran = Samnative.Run(folder, "encode", "phone.jpg", "-m", "demo", "-o", "e.safetensors", "--json");

        Assert.Single(ran.Json.Items("embeddings"));
    }

    [Fact]
    public void Pictures_of_other_formats_in_a_folder_are_counted_and_named()
    {
        Directory.CreateDirectory(folder.File("in"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/a.jfif"));
        File.Copy(TestFiles.SmallPicture, folder.File("in/b.JPE"));
        foreach (string name in new[] { "c.heic", "d.HEIC", "e.tif", "notes.txt" })
        {
            folder.Write($"in/{name}", "");
        }

        Ran ran = Samnative.Run(folder, "encode", "in", "-m", "demo", "-o", "out", "--json");

        Assert.Contains(
            "passed over 3 files that are pictures of other formats (2 .heic, 1 .tif). Convert them to PNG or JPEG first.",
            ran.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["in/c.heic", "in/d.HEIC", "in/e.tif"], ran.Json.Items("passed_over").Select(path => path.GetString()));
        Assert.Equal(["in/a.jfif", "in/b.JPE"], ran.Json.Items("embeddings").Select(file => file.Text("input")));
        Ran masks = Samnative.Run(
            folder, "everything", "in", "-m", "demo", "-o", "masks", "--points-per-side", "2", "--json");
        Assert.Equal(3, masks.Json.Items("passed_over").Length);
        Samnative.Run(folder, "encode", "in/*.heic", "-m", "demo", "-o", "out")
            .Failed(1, "passed over 1 file that is a picture of another format (1 .heic)");
        Samnative.Run(folder, "encode", "in/e.tif", "-m", "demo", "-o", "out/").Failed(1, "the file is empty");
    }

    [Fact]
    public void A_picture_of_another_format_is_refused_by_its_name()
    {
        Write("a.png", "\0\0\0\u0018ftypheic\0\0\0\0mif1heic"u8.ToArray());

        Sun("a.png").Failed(
            1, "a.png: this is a HEIC picture, not a PNG, JPEG, WebP, BMP or GIF picture. Convert it to PNG or JPEG first.");
    }

    private Ran Sun(string picture, params string[] more) => Samnative.Run(
        folder, ["segment", picture, "-m", "demo", "--point", TestFiles.SunPoint, "--json", .. more]);

    private Ran WithMask(string mask) => Samnative.Run(
        folder, "segment", TestFiles.Playground, "-m", "demo", "--mask-input", mask, "--json");

    private void Write(string name, SKBitmap bitmap)
    {
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Write(name, png.ToArray());
    }

    private void Write(string name, byte[] content) => File.WriteAllBytes(folder.File(name), content);

    private static string Masks(Ran ran) => ran.Json.GetProperty("masks").GetRawText();

    private static int[] Box(JsonElement json)
    {
        JsonElement best = json.Items("masks").MaxBy(mask => mask.GetProperty("score").GetSingle());
        return [.. best.GetProperty("bbox").EnumerateArray().Select(value => value.GetInt32())];
    }
}
