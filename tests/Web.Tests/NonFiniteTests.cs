using System.Net;
using SamNative.Tests.Support;
using SamNative.Weights;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>What a model computes that is no number is a problem with a code, not a mistake of the server.</summary>
public sealed class NonFiniteTests
{
    private const string Code = "not_finite";

    [Fact]
    public async Task An_embedding_that_overflows_is_a_problem()
    {
        await using Site site = await Open(OverflowingModel.Embedding);
        using HttpResponseMessage response = await site.Send(TestFiles.SmallPlayground);
        await Problem.Expect(response, HttpStatusCode.UnprocessableEntity, Code, "The image encoder computed");
    }

    [Theory]
    [InlineData(OverflowingModel.Scores)]
    [InlineData(OverflowingModel.Logits)]
    public async Task Scores_and_logits_that_overflow_are_problems(string tensor)
    {
        await using Site site = await Open(tensor);
        string id = await site.Upload(TestFiles.SmallPlayground);
        using HttpResponseMessage click = await site.Post("predict", $$"""{"id":"{{id}}","points":[[40,40]]}""");
        await Problem.Expect(click, HttpStatusCode.UnprocessableEntity, Code, "The mask decoder computed");
        using HttpResponseMessage all = await site.Post(
            "everything",
            $$"""{"id":"{{id}}","points_per_side":2,"pred_iou_thresh":0,"stability_score_thresh":0}""");
        await Problem.Expect(all, HttpStatusCode.UnprocessableEntity, Code, "The mask decoder computed");
    }

    private static async Task<Site> Open(string tensor)
    {
        using SyntheticCheckpoint tiny = new(SamConfig.Parse(ReferenceData.Config("tiny"), "tiny"));
        return await Site.Open(model: SamModel.Load((ReadOnlyMemory<byte>)OverflowingModel.Of(tiny, tensor)));
    }
}
