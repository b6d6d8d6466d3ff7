using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>A run in shards, one of which is killed and starts again, against one run.</summary>
public sealed class KilledShardTests : IDisposable
{
    private const int Shards = 3;

    /// <summary>A picture takes some 20 ms of computing and of waiting for the disk.</summary>
    private static readonly int pictures = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 500 : 60;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_union_of_all_shards_is_what_one_run_gives_byte_for_byte()
    {
        string tiny = TestFiles.SynthTiny(folder);
        DrawnPictures.Write(folder.File("in"), pictures, seed: 7);
        string[] command = ["encode", "in", "-r", "-m", tiny, "-o", "shards", "--shard"];

        using (Samnative killed = Samnative.Start(folder, [], [], [.. command, $"1/{Shards}"]))
        {
            killed.WaitUntil(() => Written().Length >= pictures / Shards / 3);
            killed.Kill();
        }

        int before = Written().Length;
        Assert.InRange(before, 1, (pictures / Shards) - 1);
        using Samnative first = Samnative.Start(folder, [], [], [.. command, $"0/{Shards}"]);
        using Samnative again = Samnative.Start(folder, [], [], [.. command, $"1/{Shards}", "--json"]);
        using Samnative last = Samnative.Start(folder, [], [], [.. command, $"2/{Shards}"]);
        first.End().Succeeded();
        last.End().Succeeded();
        Assert.Equal(before, again.End().Json.Items("skipped").Length);

        Samnative.Run(folder, "encode", "in", "-r", "-m", tiny, "-o", "one").Succeeded();
        Assert.Equal(pictures, FolderContents.Of(folder.File("one")).Length);
        Assert.Equal(FolderContents.Of(folder.File("one")), FolderContents.Of(folder.File("shards")));
    }

    private string[] Written() => Directory.Exists(folder.File("shards"))
        ? Directory.GetFiles(folder.File("shards"), "*.safetensors", SearchOption.AllDirectories)
        : [];
}
