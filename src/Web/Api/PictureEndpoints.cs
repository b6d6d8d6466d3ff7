using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace SamNative.Web;

/// <summary>The model, the sample picture, and pictures to be prompted.</summary>
internal static class PictureEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/model", Model).WithSummary("The model and the limits of this server.")
            .Produces<ModelReply>();
        api.MapGet("/sample", PageEndpoints.Sample).WithSummary("A picture to try, PNG.")
            .Produces<byte[]>(StatusCodes.Status200OK, "image/png");
        api.MapPost("/pictures", Upload)
            .WithSummary("Encodes a picture: the body is its file (PNG, JPEG, WebP, BMP or GIF).")
            .WithDescription(
                "With Accept: text/event-stream the events progress {done, total} come first, then done with the result, "
                + "or problem. Nothing is written to a disk.")
            .Accepts<byte[]>("application/octet-stream", RequestBody.AnyType)
            .Produces<PictureReply>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static JsonHttpResult<ModelReply> Model(Segmenter segmenter) => TypedResults.Json(
        new ModelReply(
            segmenter.ModelName, segmenter.Options.Notice, segmenter.Options.Limits.MaxFileBytes,
            segmenter.Options.Limits.MaxDecodedBytes),
        WebJson.Default.ModelReply);

    private static async Task<IResult> Upload(HttpContext http, Segmenter segmenter)
    {
        using Admission admission = await segmenter.Intake
            .Admit(http, segmenter.Encodes, segmenter.Options.Limits.MaxFileBytes).ConfigureAwait(false);
        return await EventStream.Answer(
            http, segmenter.Options,
            progress => segmenter.Add(admission.Body, admission.Place, progress, http.RequestAborted),
            WebJson.Default.PictureReply).ConfigureAwait(false);
    }
}
