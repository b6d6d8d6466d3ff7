using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The verb serve of the program.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task It_prints_its_address_serves_and_ends_with_Ctrl_C()
    {
        using Process process = Samnative.Start("serve", "-m", "demo", "--port", "0");
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            string? address = await process.StandardOutput.ReadLineAsync().WaitAsync(Samnative.Patience);
            using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address!) };
            JsonElement model = JsonElement.Parse(await client.GetStringAsync(new Uri("model", UriKind.Relative)));
            Assert.Equal("demo", model.GetProperty("model").GetString());
            Assert.Contains("samnative download vit_b", model.GetProperty("notice").GetString(), StringComparison.Ordinal);
            Assert.True(client.BaseAddress.IsLoopback);

            (int exit, _, string taken) = await Samnative.Run(
                "serve", "-m", "demo", "--port", $"{client.BaseAddress.Port}");
            Assert.Equal(1, exit);
            Assert.Contains("address already in use", taken, StringComparison.Ordinal);
            Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no Ctrl-C to a process without a console");
            Samnative.PressControlC(process);
            await process.WaitForExitAsync().WaitAsync(Samnative.Patience);
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("cancelled.", await error, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Theory]
    [InlineData("--port 65536", "give a whole number from 0 to 65535")]
    [InlineData("--port x", "give a whole number from 0 to 65535")]
    [InlineData("--host example.com", "give an IP address")]
    public async Task Wrong_usage_ends_with_2(string options, string saying)
    {
        (int exit, string output, string error) = await Samnative.Run(["serve", .. options.Split(' ')]);

        Assert.Equal((2, string.Empty), (exit, output));
        Assert.Contains(saying, error, StringComparison.Ordinal);
    }
}
