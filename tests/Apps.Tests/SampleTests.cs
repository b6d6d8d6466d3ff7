using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using SamNative.Imaging;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Apps.Tests;

/// <summary>The programs in samples run and do what they say; the README's is one of them.</summary>
public sealed partial class SampleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_readmes_ten_lines_are_the_console_sample_and_find_the_sun()
    {
        string readme = File.ReadAllText(Path.Combine(ReferenceData.Root, "README.md"));
        string sample = File.ReadAllText(Path.Combine(ReferenceData.Root, "samples", "console", "Program.cs"));
        Assert.Contains($"```csharp\n{sample}```", readme, StringComparison.Ordinal);

        Ran ran = Ran.Of(TestFiles.Sample("Console"), []).Succeeded();

        Assert.Contains($"{TestFiles.SunMask().Area} pixels", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_of_another_library_are_segmented_where_they_lie()
    {
        Ran ran = Ran.Of(TestFiles.Sample("RawPixels"), [TestFiles.DemoModel]).Succeeded();

        Assert.InRange(double.Parse(ran.Text.Split(' ')[0]), 0.9, 1);
    }

    [Fact]
    public void The_encoder_alone_gives_features()
    {
        Ran ran = Ran.Of(TestFiles.Sample("Features"), [TestFiles.DemoModel, TestFiles.Playground]).Succeeded();

        Assert.StartsWith("[1, 128, 16, 16] norm of the mean ", ran.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tower_s_tokens_go_through_a_projector()
    {
        SafetensorsWriter tower = new SyntheticCheckpoint(Towers.All["DeepSeek-OCR"].Config).ToWriter();
        tower.Save(folder.File("model.safetensors"));
        SafetensorsWriter projector = new();
        float[] weight = new float[7 * 256];
        weight[256 + 5] = 2;
        projector.Add("weight", [7, 256], weight);
        projector.Add("bias", [7], new float[7]);
        projector.Save(folder.File("projector.safetensors"));

        Ran ran = Ran.Of(
            TestFiles.Sample("Tower"),
            [folder.File("model.safetensors"), folder.File("projector.safetensors"), TestFiles.Playground]).Succeeded();

        using VisualTower loaded = VisualTower.Load(folder.File("model.safetensors"));
        float value = loaded.Encode(ImageFile.Load(TestFiles.Playground).View).Whole.Tokens[0, 0, 5];
        Assert.Equal(
            string.Create(
                CultureInfo.InvariantCulture,
                $"deepseek-ocr: 16 tokens of 7 values; norm of the first {2 * MathF.Abs(value):F4}\n"),
            ran.Text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void The_batch_worker_goes_on_behind_a_file_it_cannot_read()
    {
        string pictures = Directory.CreateDirectory(folder.File("in")).FullName;
        File.WriteAllText(Path.Combine(pictures, "a.txt"), "no picture");
        File.Copy(TestFiles.Playground, Path.Combine(pictures, "b.png"));

        Ran ran = Ran.Of(TestFiles.Sample("Batch"), [TestFiles.DemoModel, pictures, folder.File("out")]);

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("a.txt", ran.Error, StringComparison.Ordinal);
        DecodedImage mask = ImageFile.Load(Path.Combine(folder.File("out"), "b.mask.png"));
        Assert.Equal((960, 640), (mask.Width, mask.Height));
    }

    [Fact]
    public async Task The_web_service_answers_with_a_mask_and_serves_the_page()
    {
        using RunningProgram service = RunningProgram.Start(TestFiles.Sample("Web"), ["--urls", "http://127.0.0.1:0"]);
        service.WaitUntil(() => Listening().IsMatch(service.TextSoFar));
        using HttpClient client = new()
        {
            BaseAddress = new Uri(Listening().Match(service.TextSoFar).Groups["address"].Value),
            Timeout = Waiting.Bound,
        };
        using ByteArrayContent picture = new(await File.ReadAllBytesAsync(TestFiles.Playground));
        using ByteArrayContent none = new([1, 2, 3]);

        using HttpResponseMessage mask = await client.PostAsync(Relative("mask?x=830&y=105"), picture);
        using HttpResponseMessage refusal = await client.PostAsync(Relative("mask?x=830&y=105"), none);
        using HttpResponseMessage page = await client.GetAsync(Relative("page/model"));

        byte[] png = await mask.Content.ReadAsByteArrayAsync();
        Assert.Equal(TestFiles.SunMask().Area, White(ImageFile.Load(png)));
        Assert.Equal(HttpStatusCode.BadRequest, refusal.StatusCode);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        static Uri Relative(string path) => new(path, UriKind.Relative);
    }

    [GeneratedRegex(@"Now listening on: (?<address>\S+)\n", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Listening();

    private static int White(DecodedImage mask)
    {
        int count = 0;
        for (int i = 0; i < mask.Rgb.Length; i += 3)
        {
            count += mask.Rgb.Span[i] == 255 ? 1 : 0;
        }

        return count;
    }
}
