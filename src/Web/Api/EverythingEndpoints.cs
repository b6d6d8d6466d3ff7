using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace SamNative.Web;

/// <summary>All masks of a picture.</summary>
internal static class EverythingEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/everything", FindAll).WithSummary("Finds all things in a picture, without a prompt.")
            .WithDescription(
                "With Accept: text/event-stream the events progress {done, total} come first, then done with the result, "
                + "or problem. What is left out is as the model recommends.")
            .Accepts<EverythingRequest>(RequestBody.Json, RequestBody.AnyType)
            .Produces<EverythingReply>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> FindAll(HttpContext http, Segmenter segmenter)
    {
        using WorkLane.Place place = segmenter.Encodes.Enter();
        EverythingRequest request = await RequestBody
            .ReadJson(http.Request, WebJson.Default.EverythingRequest, http.RequestAborted).ConfigureAwait(false);
        KeptPicture picture = segmenter.Find(request.Id);
        AutomaticMaskOptions options = request.ToOptions();
        return await EventStream.Answer(
            http,
            progress => segmenter.FindEverything(request.Id, picture, options, place, progress, http.RequestAborted),
            WebJson.Default.EverythingReply).ConfigureAwait(false);
    }
}

/// <summary>How everything is found; the names are the original's.</summary>
internal sealed record EverythingRequest
{
    private const int MaxPointsPerSide = 64;

    /// <summary>The picture.</summary>
    public required string Id { get; init; }

    /// <summary>Points per side of the grid over the picture, 64 at most.</summary>
    [JsonPropertyName("points_per_side")]
    public int? PointsPerSide { get; init; }

    /// <summary>Masks with a score above this stay.</summary>
    [JsonPropertyName("pred_iou_thresh")]
    public double? PredIouThresh { get; init; }

    /// <summary>Masks with at least this stability stay.</summary>
    [JsonPropertyName("stability_score_thresh")]
    public double? StabilityScoreThresh { get; init; }

    /// <summary>Of two masks whose boxes have an IoU above this, the one with the lower score goes.</summary>
    [JsonPropertyName("box_nms_thresh")]
    public double? BoxNmsThresh { get; init; }

    /// <summary>Holes and islands of fewer pixels than this are removed.</summary>
    [JsonPropertyName("min_mask_region_area")]
    public int? MinMaskRegionArea { get; init; }

    /// <summary>The options for the library.</summary>
    /// <exception cref="WebProblemException">There are too many points.</exception>
    public AutomaticMaskOptions ToOptions() =>
        PointsPerSide is null or (>= 1 and <= MaxPointsPerSide)
            ? new AutomaticMaskOptions
            {
                PointsPerSide = PointsPerSide,
                PredIouThresh = PredIouThresh,
                StabilityScoreThresh = StabilityScoreThresh,
                BoxNmsThresh = BoxNmsThresh,
                MinMaskRegionArea = MinMaskRegionArea,
            }
            : throw WebProblemException.BadRequest($"points_per_side must be 1 to {MaxPointsPerSide}.");
}

/// <summary>All masks of a picture, best first.</summary>
internal sealed record EverythingReply(string Id, int Width, int Height, MaskReply[] Masks);
