using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>Somebody who visits the page: what they do, and what they see.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> troubles = [];

    private Visit(IBrowserContext opened, IPage page, Uri site)
    {
        context = opened;
        Page = page;

        // Reading the canvas back is what the tests do, not the page.
        page.Console += (_, message) => Note(
            message.Type is "error" or "warning" && !message.Text.Contains("readback", StringComparison.Ordinal), message.Text);
        page.PageError += (_, error) => Note(true, error);
        page.Request += (_, request) => Note(
            !request.Url.StartsWith(site.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal),
            $"asked elsewhere: {request.Url}");
    }

    public IPage Page { get; }

    /// <summary>The complaints of the browser that a test expects, and no more.</summary>
    public string[] Expected { get; set; } = [];

    /// <summary>Opens the page.</summary>
    public static async Task<Visit> Begin(
        Chromium browser, Site site, int width = 1280, int height = 800, bool dark = false, bool touch = false)
    {
        IBrowserContext opened = await browser.Open(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = touch,
            IsMobile = touch,
            Locale = "en",
        });
        Visit visit = new(opened, await opened.NewPageAsync(), site.Address);
        await visit.Page.GotoAsync(site.Address.ToString());
        await visit.Page.WaitForSelectorAsync("html[data-ready]");
        return visit;
    }

    /// <summary>Takes the sample picture.</summary>
    public async Task TakeSample()
    {
        await Page.ClickAsync("#sample");
        await Page.WaitForSelectorAsync("#stage:not([hidden])");
    }

    /// <summary>The place on the screen of a pixel of a picture of 960 x 640.</summary>
    public async Task<(float X, float Y)> At(double x, double y)
    {
        LocatorBoundingBoxResult box = (await Page.Locator("#canvas").BoundingBoxAsync())!;
        return ((float)(box.X + (x / 960 * box.Width)), (float)(box.Y + (y / 640 * box.Height)));
    }

    /// <summary>Clicks on a pixel and waits for what the server answers to it; previews are no answers.</summary>
    public async Task<JsonElement> Click(double x, double y, MouseButton button = MouseButton.Left)
    {
        (float left, float top) = await At(x, y);
        return await Answer(() => Page.Mouse.ClickAsync(left, top, new MouseClickOptions { Button = button }));
    }

    /// <summary>Drags a box and waits for the answer.</summary>
    public async Task<JsonElement> Drag(double x0, double y0, double x1, double y1)
    {
        (float left, float top) = await At(x0, y0);
        (float right, float bottom) = await At(x1, y1);
        return await Answer(async () =>
        {
            await Page.Mouse.MoveAsync(left, top);
            await Page.Mouse.DownAsync();
            await Page.Mouse.MoveAsync((left + right) / 2, (top + bottom) / 2);
            await Page.Mouse.MoveAsync(right, bottom);
            await Page.Mouse.UpAsync();
        });
    }

    /// <summary>Does something and waits until its answer is shown.</summary>
    public async Task<JsonElement> Answer(Func<Task> action)
    {
        IResponse response = await Page.RunAndWaitForResponseAsync(
            action, answer => answer.Url.EndsWith("/predict", StringComparison.Ordinal) && IsLasting(answer.Request));
        JsonElement json = JsonElement.Parse(await response.TextAsync());
        int masks = json.GetProperty("masks").GetArrayLength();
        await Assertions.Expect(Page.Locator("#masks button")).ToHaveCountAsync(masks);
        await Assertions.Expect(Page.Locator("#status")).ToContainTextAsync("pixels");
        return json;
    }

    /// <summary>The prompt of the last answer that lasts.</summary>
    public async Task<JsonElement> Prompt(Func<Task> action)
    {
        IRequest request = await Page.RunAndWaitForRequestAsync(
            action, asked => asked.Url.EndsWith("/predict", StringComparison.Ordinal) && IsLasting(asked));
        return JsonElement.Parse(request.PostData!);
    }

    /// <summary>The colour of the canvas at a pixel of the picture: red, green, blue.</summary>
    public async Task<int[]> Colour(double x, double y)
    {
        string numbers = await Page.EvaluateAsync<string>(
            """
            ([x, y]) => {
              const canvas = document.getElementById("canvas");
              const pixel = canvas.getContext("2d").getImageData(x / 960 * canvas.width, y / 640 * canvas.height, 1, 1).data;
              return [...pixel.slice(0, 3)].join();
            }
            """,
            new[] { x, y });
        return [.. numbers.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    }

    /// <summary>Keeps a picture of the page for the documentation, where SAMNATIVE_SCREENSHOTS asks for it.</summary>
    public async Task Keep(string name)
    {
        if (Environment.GetEnvironmentVariable("SAMNATIVE_SCREENSHOTS") == "1")
        {
            string path = Path.Combine(ReferenceData.Root, "docs", "images", name);
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, Animations = ScreenshotAnimations.Disabled });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.DoesNotContain(
            troubles, trouble => !Expected.Any(part => trouble.Contains(part, StringComparison.Ordinal)));
    }

    private static bool IsLasting(IRequest request) =>
        request.PostData?.Contains("\"refine\":true", StringComparison.Ordinal) == true;

    private void Note(bool isTrouble, string text)
    {
        if (isTrouble)
        {
            troubles.Add(text);
        }
    }
}
