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
        PredictRequest request = await RequestBody
            .ReadJson(http.Request, WebJson.Default.PredictRequest, http.RequestAborted).ConfigureAwait(false);
        PredictReply reply = await segmenter.Predict(request, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Json(reply, WebJson.Default.PredictReply);
    }
}
