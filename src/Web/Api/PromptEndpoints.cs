using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SamNative.Web;

/// <summary>Prompts: one at a time.</summary>
internal static class PromptEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/predict", Predict).WithSummary("Finds what points, a box or an earlier mask mean in a picture.")
            .Accepts<PredictRequest>(RequestBody.Json, RequestBody.AnyType)
            .Produces<PredictReply>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> Predict(HttpContext http, Segmenter segmenter)
    {
        using Admission admission = await segmenter.Intake.AdmitJson(http, segmenter.Clicks, Intake.MaxPromptBytes)
            .ConfigureAwait(false);
        PredictRequest request = admission.Body.As(WebJson.Default.PredictRequest);
        PredictReply reply = await segmenter.Predict(request, admission.Place, http.RequestAborted).ConfigureAwait(false);
        return await Answers.Json(http, segmenter.Options, reply, WebJson.Default.PredictReply).ConfigureAwait(false);
    }
}
