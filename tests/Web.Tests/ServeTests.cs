using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>The verb serve of the program.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task It_prints_its_address_serves_and_ends_with_Ctrl_C()
    {
        using RunningProgram server = RunningProgram.Start(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", "0"]);
        server.WaitUntil(() => server.TextSoFar.EndsWith('\n'));
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(server.TextSoFar.TrimEnd()),
            Timeout = Waiting.Bound,
        };
        JsonElement model = JsonElement.Parse(await client.GetStringAsync(new Uri("model", UriKind.Relative)));
        Assert.Equal("demo", model.GetProperty("model").GetString());
        Assert.Contains("samnative download vit_b", model.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.True(client.BaseAddress.IsLoopback);

        Ran.Of(RunningProgram.Samnative, ["serve", "-m", "demo", "--port", $"{client.BaseAddress.Port}"])
            .Failed(1, "address already in use");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows sends no Ctrl-C to a process without a console");
        server.PressControlC();
        Ran ended = server.End();
        Assert.Equal(130, ended.ExitCode);
        Assert.Contains("cancelled.", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--port 65536", "give a whole number from 0 to 65535")]
    [InlineData("--port x", "give a whole number from 0 to 65535")]
    [InlineData("--host example.com", "give an IP address")]
    public void Wrong_usage_ends_with_2(string options, string saying) =>
        Ran.Of(RunningProgram.Samnative, ["serve", .. options.Split(' ')]).Failed(2, saying);
}
