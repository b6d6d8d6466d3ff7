using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>A server with as many threads as there may be gives the answers of one with a single thread.</summary>
public sealed class ThreadsTests
{
    [Fact]
    public async Task The_most_threads_answer_as_one_does()
    {
        Assert.Equal(await Answers(1), await Answers(SamOptions.MaxThreads));
    }

    private static async Task<string> Answers(int threads)
    {
        using SamModel model = SamModel.Load(ReferenceData.Find("demo.safetensors"), new SamOptions { Threads = threads });
        await using Site site = await Site.Open(model: model);
        string id = await site.Upload(TestFiles.SmallPlayground);
        JsonElement click = await site.Ask("predict", $$"""{"id":"{{id}}","points":[[40,40]]}""");
        JsonElement all = await site.Ask(
            "everything", $$"""{"id":"{{id}}","points_per_side":6,"pred_iou_thresh":0.3,"stability_score_thresh":0.3}""");
        return (click.GetRawText() + all.GetRawText()).Replace(id, "id", StringComparison.Ordinal);
    }
}
