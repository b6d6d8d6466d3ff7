using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Cli.Tests;

/// <summary>A run in shards, one of which is killed and starts again, against one run.</summary>
public sealed class KilledShardTests : IDisposable
{
    private const int Shards = 3;

    /// <summary>Enough for each shard to be killed in the middle; many more where there is time.</summary>
    private static readonly int pictures = Environment.GetEnvironmentVariable("SAMNATIVE_LONG") == "1" ? 500 : 60;

    /// <summary>Pictures of the shard that is killed, the second.</summary>
    private static readonly int killedPictures = (pictures + Shards - 2) / Shards;

    private readonly WorkFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("encode", "embeddings", "*.safetensors", "tiny")]
    [InlineData("everything", "results", "metadata.csv", "demo", "--points-per-side", "6", "--overlay", "OUT")]
    public void The_union_of_all_shards_is_what_one_run_gives_byte_for_byte(
        string verb, string results, string result, string model, params string[] options)
    {
        DrawnPictures.Write(folder.File("in"), pictures, seed: 7);
        string weights = model == "tiny" ? TestFiles.SynthTiny(folder) : model;
        using (RunningProgram killed = Start(1))
        {
            killed.WaitUntil(() => Written() >= killedPictures / 3);
            killed.Kill();
        }

        int before = Written();
        Assert.InRange(before, 1, killedPictures - 1);
        using RunningProgram first = Start(0);
        using RunningProgram again = Start(1, "--json");
        using RunningProgram last = Start(2);
        first.End().Succeeded();
        last.End().Succeeded();
        JsonElement json = again.End().Json;
        Assert.Equal(killedPictures, json.Items("skipped").Length + json.Items(results).Length);
        Assert.InRange(json.Items("skipped").Length, before - 1, before);

        Assert.Equal(pictures, Samnative.Run(folder, Command("one", "--json")).Json.Items(results).Length);
        Assert.Equal(FolderContents.Of(folder.File("one")), FolderContents.Of(folder.File("shards")));

        RunningProgram Start(int shard, params string[] more) =>
            Samnative.Start(folder, [], [], Command("shards", ["--shard", $"{shard}/{Shards}", .. more]));

        string[] Command(string output, params string[] more) =>
        [
            verb, "in", "--recursive", "-m", weights, "-o", output,
            .. options.Select(option => option.Replace("OUT", output)), .. more,
        ];

        // What is still being written has a name that begins with a point.
        int Written() => !Directory.Exists(folder.File("shards")) ? 0 : Directory
            .GetFiles(folder.File("shards"), result, SearchOption.AllDirectories)
            .Count(path => !path.Contains($"{Path.DirectorySeparatorChar}.", StringComparison.Ordinal));
    }
}
