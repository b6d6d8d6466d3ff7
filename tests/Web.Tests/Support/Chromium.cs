using System.Diagnostics;
using Microsoft.Playwright;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>
/// A Chromium of this machine without a window. Where there is none and the tests run as root on Debian, it is installed
/// once; otherwise tests that need it are skipped with the reason.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>The path of the browser to use instead of those that are looked for.</summary>
    private const string PathVariable = "SAMNATIVE_CHROMIUM";

    private static readonly string[] names = ["chromium", "chromium-browser", "google-chrome", "chrome.exe"];

    private static readonly string[] flags =
    [
        "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
    ];

    private IPlaywright? driver;
    private IBrowser? browser;
    private string? whyNot;

    public async ValueTask InitializeAsync()
    {
        string? path = Find() ?? await Install();
        if (path is null)
        {
            return;
        }

        try
        {
            Assertions.SetDefaultExpectTimeout(Waiting.BoundMilliseconds);
            driver = await Playwright.CreateAsync();
            browser = await driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,
                Args = flags,
                Timeout = Waiting.BoundMilliseconds,
            });
        }
        catch (PlaywrightException error)
        {
            whyNot = $"{path} does not start: {error.Message.Split('\n')[0]}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        driver?.Dispose();
    }

    /// <summary>Opens a context of its own; skips the running test where there is no browser.</summary>
    internal async Task<IBrowserContext> Open(BrowserNewContextOptions options)
    {
        Assert.SkipWhen(browser is null, whyNot ?? "no browser");
        IBrowserContext context = await browser!.NewContextAsync(options);
        context.SetDefaultTimeout(Waiting.BoundMilliseconds);
        return context;
    }

    private static string? Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        return Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given
            ? given
            : folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    private async Task<string?> Install()
    {
        whyNot = $"there is no Chromium on the PATH: install it, or name one with {PathVariable}";
        if (Environment.UserName != "root" || !File.Exists("/usr/bin/apt-get"))
        {
            return null;
        }

        using Process process = Process.Start(new ProcessStartInfo(
            "/bin/sh", ["-c", "apt-get update && apt-get install -y --no-install-recommends chromium"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            Task read = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Waiting.Bound);
            await read;
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
        }

        return Find();
    }
}
