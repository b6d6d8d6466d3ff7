using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>The verb download as a process, and the models that other verbs find in caches.</summary>
public sealed class DownloadVerbTests : IDisposable
{
    private const string VitB = "sam_vit_b_01ec64.pth";
    private const string VitBSha256 = "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912";

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vit_g", "vit_g is no model that can be downloaded: vit_b, vit_l, vit_h.")]
    [InlineData("demo", "demo is built in")]
    [InlineData("vit_b --list", "--list lists all models")]
    [InlineData("--force", "--force downloads a model: name it")]
    [InlineData("vit_b --force --offline", "leave out --offline")]
    [InlineData("vit_b vit_l", "'vit_l'")]
    public void What_makes_no_sense_ends_with_2(string arguments, string saying) =>
        Samnative.Run(folder, ["download", .. arguments.Split(' ')]).Failed(2, saying);

    [Theory]
    [InlineData("download")]
    [InlineData("download --list")]
    public void The_models_are_listed(string command)
    {
        string[] arguments = command.Split(' ');
        string converted = InCache("vit_h.safetensors");
        File.Copy(TestFiles.DemoModel, converted);

        string text = Samnative.Run(folder, arguments).Succeeded().Text;
        Assert.Contains($"vit_b  375,042,383  {VitBSha256}  yes", text, StringComparison.Ordinal);
        Assert.Contains("vit_b  not here", text, StringComparison.Ordinal);
        Assert.Contains("  no\n", text, StringComparison.Ordinal);

        JsonElement[] models = [.. Samnative.Run(folder, [.. arguments, "--json"]).Json.EnumerateArray()];
        Assert.Equal(["vit_b", "vit_l", "vit_h"], models.Select(model => model.Text("name")));
        Assert.Equal(["name", "file", "bytes", "sha256", "confirmed", "paths"], models[0].Keys());
        Assert.Equal(375_042_383, models[0].GetProperty("bytes").GetInt64());
        Assert.Equal(VitB, models[0].Text("file"));
        Assert.Empty(models[0].Items("paths"));
        Assert.Equal(JsonValueKind.Null, models[1].GetProperty("bytes").ValueKind);
        Assert.False(models[1].GetProperty("confirmed").GetBoolean());
        Assert.Equal(converted, Assert.Single(models[2].Items("paths")).GetString());
    }

    [Fact]
    public void Offline_the_network_is_left_alone()
    {
        using LyingServer server = new(_ => new Reply(500, default));

        Run(server, "download", "vit_b", "--offline")
            .Failed(1, $"--offline forbids to fetch it: save the file as {InCache(VitB)}, or leave out --offline.");

        Assert.Empty(server.Asked);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Cache));
    }

    [Fact]
    public void Offline_a_model_of_another_form_is_named()
    {
        File.Copy(TestFiles.DemoModel, InCache("vit_b.safetensors"));

        Samnative.Run(folder, "download", "vit_b", "--offline")
            .Failed(1, $"({InCache("vit_b.safetensors")} can be used with -m vit_b, but there is no listed SHA-256");
    }

    [Theory]
    [InlineData("--offline")]
    [InlineData("--json")]
    public void A_wrong_file_of_our_own_is_not_replaced_without_a_word(string option)
    {
        File.WriteAllText(InCache(VitB), "wrong");
        using LyingServer server = new(_ => new Reply(500, default));

        Run(server, "download", "vit_b", option).Failed(1, $"{VitB} is not vit_b: its SHA-256 is 8810ad58");

        Assert.Equal("wrong", File.ReadAllText(InCache(VitB)));
        Assert.Empty(server.Asked);
    }

    [Fact]
    public void A_wrong_file_in_the_cache_of_torch_is_passed_over()
    {
        Directory.CreateDirectory(folder.File("torch/hub/checkpoints"));
        folder.Write($"torch/hub/checkpoints/{VitB}", "wrong");
        using LyingServer server = new(_ => new Reply(404, default));

        Ran ran = Run(server, [("TORCH_HOME", folder.File("torch"))], "download", "vit_b");

        ran.Failed(1, $"torch/hub/checkpoints/{VitB} is not vit_b");
        Assert.Contains("status 404", ran.Error, StringComparison.Ordinal);
        Assert.Single(server.Asked);
        Assert.Equal("wrong", File.ReadAllText(folder.File($"torch/hub/checkpoints/{VitB}")));
    }

    [Fact]
    public void A_mirror_without_the_file_is_named_with_the_cure()
    {
        using LyingServer server = new(_ => new Reply(404, default));

        Ran ran = Run(server, "download", "vit_b");

        ran.Failed(1, $"vit_b could not be downloaded from {server.Folder}{VitB}: the server answers with status 404.");
        Assert.Contains($"save it as {InCache(VitB)}, and check it with", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mirror_with_other_content_gets_nothing_kept()
    {
        using LyingServer server = new(_ => new Reply(200, new byte[1000]));

        Run(server, "download", "vit_b").Failed(1, "offers 1,000 bytes; the file has 375,042,383");
        Ran ran = Run(server, "download", "vit_h");

        ran.Failed(1, "what came is another file, and is not kept");
        Assert.Contains("was never confirmed; the file is held to it all the same", ran.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Cache, "sam_*"));
    }

    [Fact]
    public void A_mirror_that_is_no_address_is_refused() =>
        Samnative.Run(folder, [], [(CheckpointAddress.MirrorVariable, "ftp://x")], "download", "vit_b")
            .Failed(1, "SAMNATIVE_MIRROR is no folder on the network");

    [Fact]
    public void The_proxy_of_the_environment_is_used()
    {
        using LyingServer proxy = new(_ => new Reply(404, default));

        Samnative.Run(
            folder, [], [(CheckpointAddress.MirrorVariable, "http://mirror.invalid/"), ("http_proxy", proxy.Folder)],
            "download", "vit_b").Failed(1, "status 404");

        Assert.Equal($"GET http://mirror.invalid/{VitB} HTTP/1.1", Assert.Single(proxy.Asked).Line);
    }

    [Fact]
    public void Ctrl_C_ends_with_130_and_keeps_what_has_arrived()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "on Windows one process cannot press another one's Ctrl-C");
        using LyingServer server = new(
            _ => new Reply(200, new byte[100_000]) { Length = 375_042_383, HangAfter = 100_000 });
        string partial = InCache($"{VitB}.partial");

        using RunningProgram run = Samnative.Start(
            folder, [], [(CheckpointAddress.MirrorVariable, server.Folder)], "download", "vit_b");
        run.WaitUntil(() => File.Exists(partial) && new FileInfo(partial).Length == 100_000);
        run.PressControlC();
        Ran ran = run.End();

        ran.Failed(130, "cancelled.");
        Assert.Contains("what has arrived is kept", ran.Error, StringComparison.Ordinal);
        Assert.Equal(100_000, new FileInfo(partial).Length);
        Assert.False(File.Exists(InCache(VitB)));
    }

    [Fact]
    public void A_model_in_the_cache_of_Hugging_Face_is_used()
    {
        string snapshot = Path.Combine("hub", "models--facebook--sam-vit-base", "snapshots", "abc");
        Directory.CreateDirectory(folder.File(snapshot));
        string path = Path.Combine(folder.File(snapshot), "model.safetensors");
        File.CreateSymbolicLink(path, TestFiles.DemoModel);
        (string, string)[] environment = [("HF_HUB_CACHE", folder.File("hub"))];
        string[] click = ["segment", TestFiles.Playground, "--point", TestFiles.SunPoint, "-o", "sun.png", "--json"];

        Ran ran = Samnative.Run(folder, [], environment, click);

        Assert.Equal("vit_b", ran.Json.Text("model"));
        Assert.DoesNotContain("demo model", ran.Error, StringComparison.Ordinal);
        JsonElement model = Assert.Single(
            Samnative.Run(folder, [], environment, "info", "--json").Json.Items("models"));
        Assert.Equal("vit_b", model.Text("name"));
        Assert.Equal(path, model.Text("path"));
        Assert.Equal(new FileInfo(TestFiles.DemoModel).Length, model.GetProperty("bytes").GetInt64());
    }

    private string InCache(string name) => Path.Combine(folder.Cache, name);

    private Ran Run(LyingServer mirror, params string[] arguments) => Run(mirror, [], arguments);

    private Ran Run(LyingServer mirror, (string, string)[] environment, params string[] arguments) =>
        Samnative.Run(
            folder, [], [(CheckpointAddress.MirrorVariable, mirror.Folder), .. environment], arguments);
}
