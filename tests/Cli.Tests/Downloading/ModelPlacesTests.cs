using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>Where models are looked for, the address they come from, and the words about them.</summary>
public sealed class ModelPlacesTests : IDisposable
{
    private readonly WorkFolder folder = new();
    private readonly KnownCheckpoint vitB = KnownCheckpoint.Find("vit_b")!;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Without_variables_the_folders_are_those_of_the_other_programs()
    {
        ModelPlaces places = Of([]);

        Assert.Equal(P("/data", "SamNative"), places.Home);
        Assert.Equal(P("/me", ".cache", "torch", "hub", "checkpoints"), places.TorchHub);
        Assert.Equal(P("/me", ".cache", "huggingface", "hub"), places.HuggingFaceHub);
    }

    [Fact]
    public void Variables_name_other_folders()
    {
        ModelPlaces places = Of([("XDG_CACHE_HOME", "/x")]);
        Assert.Equal(P("/x", "torch", "hub", "checkpoints"), places.TorchHub);
        Assert.Equal(P("/x", "huggingface", "hub"), places.HuggingFaceHub);

        places = Of([("XDG_CACHE_HOME", "/x"), ("TORCH_HOME", "/t"), ("HF_HOME", "/h"), ("SAMNATIVE_HOME", "/s")]);
        Assert.Equal("/s", places.Home);
        Assert.Equal(P("/t", "hub", "checkpoints"), places.TorchHub);
        Assert.Equal(P("/h", "hub"), places.HuggingFaceHub);

        Assert.Equal("/c", Of([("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")]).HuggingFaceHub);
        Assert.Equal(P("/me", ".cache", "torch", "hub", "checkpoints"), Of([("TORCH_HOME", "")]).TorchHub);
    }

    [Fact]
    public void A_user_without_a_folder_has_no_caches()
    {
        ModelPlaces places = ModelPlaces.Of(_ => null, profile: "", data: "/data");

        Assert.Null(places.TorchHub);
        Assert.Null(places.HuggingFaceHub);
        Assert.Empty(places.Find(vitB));
    }

    [Fact]
    public void Files_are_found_in_order()
    {
        ModelPlaces places = new(folder.File("home"), folder.File("torch"), folder.File("hub"));
        Assert.Empty(places.Find(vitB));

        string repository = Path.Combine(places.HuggingFaceHub!, "models--facebook--sam-vit-base");
        string older = Make(repository, "snapshots", "aaaa", "model.safetensors");
        string main = Make(repository, "snapshots", "bbbb", "model.safetensors");
        Make(repository, "snapshots", "cccc", "pytorch_model.bin");
        Assert.Equal([older, main], places.Find(vitB));

        File.WriteAllText(Make(repository, "refs", "main"), "bbbb\n");
        Assert.Equal([main, older], places.Find(vitB));
        File.WriteAllText(Make(repository, "refs", "main"), "../../elsewhere");
        Assert.Equal([older, main], places.Find(vitB));

        string torch = Make(places.TorchHub!, "sam_vit_b_01ec64.pth");
        string downloaded = Make(places.Home, "sam_vit_b_01ec64.pth");
        string converted = Make(places.Home, "vit_b.safetensors");
        Make(places.Home, "sam_vit_b_01ec64.pth.partial");
        Assert.Equal([converted, downloaded, torch, older, main], places.Find(vitB));
        Assert.Equal([downloaded, torch], places.FindPublished(vitB));
        Assert.Empty(places.Find(KnownCheckpoint.Find("vit_l")!));
    }

    [Fact]
    public void Links_to_what_is_gone_are_passed_over_and_others_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        ModelPlaces places = new(folder.File("home"), folder.File("torch"), folder.File("hub"));
        string repository = Path.Combine(places.HuggingFaceHub!, "models--facebook--sam-vit-base");
        Link(folder.File("gone"), repository, "refs", "main");
        Link(folder.File("gone"), repository, "snapshots", "aaaa", "model.safetensors");
        Link("../../blobs/cafe", repository, "snapshots", "bbbb", "model.safetensors");
        Link(folder.File("gone"), places.Home, "vit_b.safetensors");
        Link("sam_vit_b_01ec64.pth", places.Home, "sam_vit_b_01ec64.pth");
        Link(folder.Path, places.TorchHub!, "sam_vit_b_01ec64.pth");
        Assert.Empty(places.Find(vitB));

        Make(repository, "blobs", "cafe");
        Assert.Equal([Path.Combine(repository, "snapshots", "bbbb", "model.safetensors")], places.Find(vitB));

        static void Link(string target, params string[] parts)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(parts))!);
            File.CreateSymbolicLink(Path.Combine(parts), target);
        }
    }

    [Fact]
    public void The_list_is_well_formed()
    {
        Assert.Equal(["vit_b", "vit_l", "vit_h"], KnownCheckpoint.All.Select(known => known.Name));
        Assert.All(KnownCheckpoint.All, known =>
        {
            Assert.Matches("^[0-9a-f]{64}$", known.Sha256);
            Assert.Matches($"^sam_{known.Name}_[0-9a-f]{{6}}\\.pth$", known.FileName);
            Assert.Equal(known.IsConfirmed, known.Bytes is not null);
        });
    }

    [Theory]
    [InlineData(null, "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_b_01ec64.pth")]
    [InlineData("", "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_b_01ec64.pth")]
    [InlineData("http://mirror:8080", "http://mirror:8080/sam_vit_b_01ec64.pth")]
    [InlineData("https://mirror/a/b/", "https://mirror/a/b/sam_vit_b_01ec64.pth")]
    [InlineData("https://mirror/a/b", "https://mirror/a/b/sam_vit_b_01ec64.pth")]
    public void A_mirror_takes_the_place_of_the_publisher(string? mirror, string address) =>
        Assert.Equal(address, CheckpointAddress.Of(vitB, mirror).AbsoluteUri);

    [Theory]
    [InlineData("mirror")]
    [InlineData("/mirror")]
    [InlineData("ftp://mirror/")]
    [InlineData("file:///etc/")]
    [InlineData("https://me:secret@mirror/")]
    [InlineData("https://mirror/?key=secret")]
    [InlineData("https://mirror/#secret")]
    public void A_mirror_that_cannot_be_used_is_refused_without_showing_it(string mirror)
    {
        CommandFailedException error = Assert.Throws<CommandFailedException>(() => CheckpointAddress.Of(vitB, mirror));

        Assert.Contains("SAMNATIVE_MIRROR is no folder on the network", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000_000, 375_000_000L, 10, "vit_b 100.0 of 375.0 MB, 10.0 MB/s, 0:28 left")]
    [InlineData(1_000_000, 375_000_000L, 100, "vit_b 1.0 of 375.0 MB, 0.0 MB/s, 10:23:20 left")]
    [InlineData(0, 375_000_000L, 5, "vit_b 0.0 of 375.0 MB, 0.0 MB/s")]
    [InlineData(100_000_000, null, 10, "vit_b 100.0 MB, 10.0 MB/s")]
    public void Progress_tells_done_total_rate_and_time_left(long done, long? total, int seconds, string line) =>
        Assert.Equal(
            line,
            new DownloadStatus("vit_b", new StatusLine(TextWriter.Null, false), _ => { })
                .Describe(done, total, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_sentence_takes_the_line_away_first()
    {
        using StringWriter screen = new();
        using StatusLine line = new(screen, shown: true);
        DownloadStatus status = new("m", line, screen.Write);

        status.Arrived(1_000_000, null);
        Thread.Sleep(250);
        status.Arrived(2_000_000, null);
        status.Say("word");

        Assert.Matches("^\rm 2\\.0 MB, .*MB/s\r +\rword$", screen.ToString());
    }

    private static string P(params string[] parts) => Path.Combine(parts);

    private static string Make(params string[] parts)
    {
        string path = Path.Combine(parts);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "x");
        return path;
    }

    private static ModelPlaces Of((string Name, string Value)[] environment) => ModelPlaces.Of(
        name => environment.FirstOrDefault(variable => variable.Name == name).Value, "/me", "/data");
}
