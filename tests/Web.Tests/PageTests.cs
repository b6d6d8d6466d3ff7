using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using SamNative.Imaging;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The page in a browser, driven by mouse, touch and keys.</summary>
public sealed class PageTests(Chromium browser) : IClassFixture<Chromium>
{
    /// <summary>Far beyond what a click takes: 100 ms are promised, and tests share their processors.</summary>
    private const double MostMilliseconds = 3000;

    [Fact]
    public async Task A_click_on_the_sun_of_the_sample_gives_the_mask_of_the_program()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();

        JsonElement answer = await visit.Click(830.5, 105.5);

        using TemporaryFolder folder = new();
        string point = await ClickedPoint(visit);
        Ran ran = Ran.Of(
            RunningProgram.Samnative,
            ["segment", TestFiles.PlaygroundPath, "-m", "demo", "--point", point, "-o", folder.File("mask.png"), "--json"]);
        JsonElement best = answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()];
        Assert.True(JsonElement.DeepEquals(ran.Json.GetProperty("masks")[0].GetProperty("rle"), best.GetProperty("rle")));
        Assert.True(Mask(best).IntersectionOverUnion(TestFiles.Sun) >= .88);
        Assert.Equal(await File.ReadAllBytesAsync(folder.File("mask.png")), await Saved(visit, "#save-mask", "playground.mask.png"));
        AssertBlue(await visit.Colour(830, 90));
        await visit.Keep("web-click.png");

        double milliseconds = await visit.Page.EvaluateAsync<double>(
            "() => performance.getEntriesByName('prompt-to-mask').at(-1).duration");
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"click to mask: {milliseconds:0} ms"));
        Assert.InRange(milliseconds, 0, MostMilliseconds);
    }

    [Fact]
    public async Task A_cutout_and_run_lengths_are_saved()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();
        JsonElement answer = await visit.Click(830.5, 105.5);
        SamMask mask = Mask(answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()]);

        byte[] cutout = await Saved(visit, "#save-cutout", "playground.cutout.png");

        using MemoryStream expected = new();
        MaskRenderer.WriteCutout(ImageFile.Load(TestFiles.Playground).View, mask, expected);
        Assert.Equal(expected.ToArray(), cutout);
        byte[] coco = await Saved(visit, "#save-coco", "playground.coco.json");
        PictureMasks read = Assert.Single(CocoFile.Read(coco));
        Assert.Equal("playground.png", read.FileName);
        Assert.Equal(mask.ToCocoRle(), Assert.Single(read.Masks).Segmentation.ToCocoRle());
    }

    [Fact]
    public async Task Hovering_shows_a_mask_before_the_click()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();
        int[] yellow = await visit.Colour(830, 90);
        (float x, float y) = await visit.At(830, 105);

        await visit.Page.RunAndWaitForResponseAsync(() => visit.Page.Mouse.MoveAsync(x, y), "**/predict");

        await visit.Page.WaitForFunctionAsync(
            """
            () => {
              const canvas = document.getElementById("canvas");
              return canvas.getContext("2d").getImageData(830 / 960 * canvas.width, 90 / 640 * canvas.height, 1, 1).data[2] > 110;
            }
            """);
        Assert.NotEqual(yellow, await visit.Colour(830, 90));
        Assert.Equal(0, await visit.Page.Locator("#masks button").CountAsync());
    }

    [Fact]
    public async Task A_box_is_dragged_undone_redone_and_cleared()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();

        JsonElement answer = await visit.Drag(755, 30, 905, 180);

        JsonElement mask = Assert.Single(answer.GetProperty("masks").EnumerateArray());
        Assert.True(Mask(mask).IntersectionOverUnion(TestFiles.Sun) >= .8);
        AssertBlue(await visit.Colour(830, 90));
        await visit.Page.ClickAsync("#undo");
        await Assertions.Expect(visit.Page.Locator("#undo")).ToBeDisabledAsync();
        await AssertEmpty(visit);
        await visit.Page.ClickAsync("#redo");
        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(1);
        await visit.Page.ClickAsync("#clear");
        await AssertEmpty(visit);
        await visit.Page.ClickAsync("#undo");
        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Points_take_away_and_one_of_three_masks_is_chosen()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();
        JsonElement first = await visit.Click(690, 480);
        Assert.Equal(3, first.GetProperty("masks").GetArrayLength());

        ILocator buttons = visit.Page.Locator("#masks button");
        for (int i = 0; i < 3; i++)
        {
            await buttons.Nth(i).ClickAsync();
            await Assertions.Expect(buttons.Nth(i)).ToHaveAttributeAsync("aria-checked", "true");
        }

        await visit.Page.Keyboard.PressAsync("2");
        await Assertions.Expect(buttons.Nth(1)).ToHaveAttributeAsync("aria-checked", "true");
        await Assertions.Expect(buttons.Nth(2)).ToHaveAttributeAsync("aria-checked", "false");
        string token = first.GetProperty("masks")[1].GetProperty("token").GetString()!;
        (float x, float y) = await visit.At(600, 500);
        JsonElement right = await visit.Prompt(
            () => visit.Page.Mouse.ClickAsync(x, y, new MouseClickOptions { Button = MouseButton.Right }));
        Assert.Equal([1, 0], Labels(right));
        Assert.Equal(token, right.GetProperty("previous").GetString());
        await visit.Page.ClickAsync("#remove");
        JsonElement mode = await visit.Prompt(async () => await visit.Click(100, 600));
        Assert.Equal([1, 0, 0], Labels(mode));
        await visit.Page.Keyboard.PressAsync("Backspace");
        await visit.Page.Keyboard.PressAsync("Backspace");
        await Assertions.Expect(buttons).ToHaveCountAsync(3);
        await Assertions.Expect(buttons.Nth(1)).ToHaveAttributeAsync("aria-checked", "true");
    }

    [Fact]
    public async Task Everything_is_found_and_one_thing_of_it_taken()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();
        int[] yellow = await visit.Colour(830, 90);
        IResponse response = await visit.Page.RunAndWaitForResponseAsync(
            () => visit.Page.ClickAsync("#everything"), "**/everything");
        await Assertions.Expect(visit.Page.Locator("#status")).ToContainTextAsync("things. Click on one");
        Assert.True(response.Ok);
        Assert.NotEqual(yellow, await visit.Colour(830, 90));
        await visit.Keep("web-everything.png");
        PictureMasks all = Assert.Single(CocoFile.Read(await Saved(visit, "#save-coco", "playground.coco.json")));
        Assert.Contains($"{all.Masks.Count} things", await visit.Page.TextContentAsync("#status"), StringComparison.Ordinal);

        (float x, float y) = await visit.At(830, 105);
        await visit.Page.Mouse.ClickAsync(x, y);

        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(1);
        PictureMasks taken = Assert.Single(CocoFile.Read(await Saved(visit, "#save-coco", "playground.coco.json")));
        Assert.True(Assert.Single(taken.Masks).Segmentation.ToMask().IntersectionOverUnion(TestFiles.Sun) >= .8);
        await visit.Page.Keyboard.PressAsync("Escape");
        await AssertEmpty(visit);
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.Page.FocusAsync("#sample");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForSelectorAsync("#stage:not([hidden])");
        await Assertions.Expect(visit.Page.Locator("#canvas")).ToBeFocusedAsync();

        await visit.Page.Keyboard.PressAsync("ArrowRight");
        JsonElement prompt = await visit.Prompt(() => visit.Page.Keyboard.PressAsync("Enter"));
        double scale = 960 / (await visit.Page.Locator("#canvas").BoundingBoxAsync())!.Width;
        Assert.Equal(480 + (12 * scale), prompt.GetProperty("points")[0][0].GetDouble(), 3);
        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(3);
        JsonElement minus = await visit.Prompt(async () =>
        {
            await visit.Page.Keyboard.PressAsync("ArrowDown");
            await visit.Page.Keyboard.PressAsync("Shift+Enter");
        });
        Assert.Equal([1, 0], Labels(minus));
        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(1);
        await visit.Page.Keyboard.PressAsync("Escape");
        await AssertEmpty(visit);
        JsonElement box = await visit.Prompt(async () =>
        {
            await visit.Page.Keyboard.PressAsync("b");
            await visit.Page.Keyboard.PressAsync("ArrowRight");
            await visit.Page.Keyboard.PressAsync("Shift+ArrowDown");
            await visit.Page.Keyboard.PressAsync("b");
        });
        Assert.Equal(4, box.GetProperty("box").GetArrayLength());
        await visit.Page.Keyboard.PressAsync("Control+z");
        await AssertEmpty(visit);
    }

    [Fact]
    public async Task It_works_on_a_phone()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site, width: 390, height: 844, touch: true);
        await visit.Page.TapAsync("#sample");
        await visit.Page.WaitForSelectorAsync("#stage:not([hidden])");
        (float x, float y) = await visit.At(830, 105);

        JsonElement answer = await visit.Answer(() => visit.Page.Touchscreen.TapAsync(x, y));

        Assert.True(Mask(answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()]).IntersectionOverUnion(TestFiles.Sun) >= .8);
        await visit.Keep("web-phone.png");
        Assert.True(await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("footer button")].filter(button => {
              const frame = button.getBoundingClientRect();
              return frame.left < 0 || frame.right > innerWidth || frame.bottom > innerHeight || frame.height < 36;
            }).map(button => button.id)
            """));
        JsonElement held = await visit.Prompt(() => LongPress(visit, 700, 300));
        Assert.Equal([1, 0], Labels(held));
    }

    [Fact]
    public async Task It_is_dark_where_the_system_is()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site, dark: true);
        await visit.TakeSample();
        await visit.Click(690, 480);

        string ground = await visit.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");

        Assert.Equal("rgb(14, 17, 22)", ground);
        await visit.Keep("web-dark.png");
    }

    /// <summary>However the file lies and whatever the browser makes of it: the page shows what the server sees.</summary>
    [Fact]
    public async Task A_turned_picture_is_shown_as_the_server_sees_it()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);
        await visit.TakeSample();
        (int X, int Y)[] places = [(830, 90), (60, 40), (690, 480), (100, 600), (480, 200)];
        List<int[]> expected = [];
        foreach ((int x, int y) in places)
        {
            expected.Add(await visit.Colour(x, y));
        }

        foreach (TurnedPicture picture in TurnedPicture.All())
        {
            await visit.Page.SetInputFilesAsync("#file", Upload(picture.Name, picture.File));
            await Assertions.Expect(visit.Page.Locator("#title")).ToHaveTextAsync($"{picture.Name} · 960 × 640", new() { Timeout = 60_000 });
            for (int i = 0; i < places.Length; i++)
            {
                int[] colour = await visit.Colour(places[i].X, places[i].Y);
                Assert.True(
                    colour.Zip(expected[i], (a, b) => Math.Abs(a - b)).Max() <= 12,
                    $"{picture.Name} at {places[i]}: {string.Join(',', colour)}, not {string.Join(',', expected[i])}");
            }
        }

        JsonElement answer = await Shown(visit, 830.5, 105.5);
        Assert.True(Mask(answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()]).IntersectionOverUnion(TestFiles.Sun) >= .88);
    }

    [Fact]
    public async Task What_is_odd_about_a_picture_is_shown()
    {
        await using Site site = await Site.Open();
        await using Visit visit = await Visit.Begin(browser, site);

        await visit.Page.SetInputFilesAsync("#file", Upload("a.jpg", await File.ReadAllBytesAsync(ReferenceData.Find("noeoi.jpg"))));

        await Assertions.Expect(visit.Page.Locator("#status")).ToContainTextAsync("Note: the mark at the end of the JPEG", new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task What_goes_wrong_is_said()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { Limits = new ImageLimits { MaxFileBytes = 60_000 } });
        await using Visit visit = await Visit.Begin(browser, site);
        visit.Expected = ["the server responded with a status of 400"];
        ILocator alert = visit.Page.GetByRole(AriaRole.Alert);

        await visit.Page.SetInputFilesAsync("#file", Upload("notes.txt", "no picture"u8.ToArray()));
        await Assertions.Expect(alert).ToContainTextAsync("this is not a PNG, JPEG, WebP, BMP or GIF picture");
        await visit.Page.SetInputFilesAsync("#file", Upload("large.png", new byte[60_001]));
        await Assertions.Expect(alert).ToContainTextAsync("Choose a smaller picture");
        await visit.Page.SetInputFilesAsync("#file", Upload("small.png", TestFiles.SmallPlayground));
        await visit.Page.WaitForSelectorAsync("#stage:not([hidden])");
        await Assertions.Expect(alert).ToBeHiddenAsync();
        await Assertions.Expect(visit.Page.Locator("#title")).ToHaveTextAsync("small.png · 180 × 120");
    }

    [Fact]
    public async Task A_picture_that_the_server_forgot_is_sent_again()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxKeptBytes = 1 });
        await using Visit visit = await Visit.Begin(browser, site);
        visit.Expected = ["the server responded with a status of 404"];
        await visit.TakeSample();
        await site.Upload(TestFiles.Tree);

        JsonElement answer = await Shown(visit, 830.5, 105.5);

        Assert.True(Mask(answer.GetProperty("masks")[answer.GetProperty("best").GetInt32()]).IntersectionOverUnion(TestFiles.Sun) >= .88);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_when_it_says_so()
    {
        await using Site site = await Site.Open(new SamNativeWebOptions { MaxWaiting = 1, MaxPlacesPerClient = 2 });
        await using Visit visit = await Visit.Begin(browser, site);
        visit.Expected = ["the server responded with a status of 429"];
        WorkLane.Place[] places = [.. Enumerable.Range(0, 2).Select(_ => site.Segmenter.Encodes.Enter(IPAddress.Loopback))];

        await visit.Page.RunAndWaitForResponseAsync(
            () => visit.Page.ClickAsync("#sample"), response => response.Status == (int)HttpStatusCode.TooManyRequests);
        places[0].Dispose();

        await visit.Page.WaitForSelectorAsync("#stage:not([hidden])");
    }

    private static FilePayload Upload(string name, byte[] content) =>
        new() { Name = name, MimeType = "image/png", Buffer = content };

    /// <summary>Clicks where the first answer is not the one that counts.</summary>
    private static async Task<JsonElement> Shown(Visit visit, double x, double y)
    {
        (float left, float top) = await visit.At(x, y);
        IResponse response = await visit.Page.RunAndWaitForResponseAsync(
            () => visit.Page.Mouse.ClickAsync(left, top),
            answer => answer.Ok && answer.Request.PostData?.Contains("\"refine\":true", StringComparison.Ordinal) == true);
        return JsonElement.Parse(await response.TextAsync());
    }

    private static async Task<string> ClickedPoint(Visit visit)
    {
        JsonElement prompt = await visit.Prompt(async () =>
        {
            await visit.Page.Keyboard.PressAsync("Escape");
            await visit.Click(830.5, 105.5);
        });
        JsonElement point = prompt.GetProperty("points")[0];
        return $"{point[0].GetRawText()},{point[1].GetRawText()}";
    }

    private static async Task<byte[]> Saved(Visit visit, string button, string name)
    {
        IDownload download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.ClickAsync(button));
        Assert.Equal(name, download.SuggestedFilename);
        return await File.ReadAllBytesAsync(await download.PathAsync());
    }

    private static Task LongPress(Visit visit, double x, double y) => visit.Page.EvaluateAsync(
        """
        async ([x, y]) => {
          const canvas = document.getElementById("canvas");
          const frame = canvas.getBoundingClientRect();
          const place = { pointerId: 7, pointerType: "touch", button: 0, bubbles: true,
            clientX: frame.left + x / 960 * frame.width, clientY: frame.top + y / 640 * frame.height };
          canvas.setPointerCapture = () => { };
          canvas.dispatchEvent(new PointerEvent("pointerdown", place));
          await new Promise(resolve => setTimeout(resolve, 700));
          canvas.dispatchEvent(new PointerEvent("pointerup", place));
        }
        """,
        new[] { x, y });

    private static async Task AssertEmpty(Visit visit)
    {
        await Assertions.Expect(visit.Page.Locator("#masks button")).ToHaveCountAsync(0);
        await Assertions.Expect(visit.Page.Locator("#save-mask")).ToBeDisabledAsync();
        await Assertions.Expect(visit.Page.Locator("#clear")).ToBeDisabledAsync();
    }

    /// <summary>The sun is yellow; under the mask it is not.</summary>
    private static void AssertBlue(int[] colour) => Assert.True(colour[2] > colour[0], string.Join(',', colour));

    private static IEnumerable<int> Labels(JsonElement prompt) =>
        prompt.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32());

    private static SamMask Mask(JsonElement reply) =>
        SamMask.FromCocoRle(reply.GetProperty("rle").GetProperty("counts").GetString(), 960, 640);
}
