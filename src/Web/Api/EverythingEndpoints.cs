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
                + "or problem. What is left out is as the model recommends, within the limits of the server.")
            .Accepts<EverythingRequest>(RequestBody.Json, RequestBody.AnyType)
            .Produces<EverythingReply>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<IResult> FindAll(HttpContext http, Segmenter segmenter)
    {
        using Admission admission = await segmenter.Intake.AdmitJson(http, segmenter.Encodes, Intake.MaxPromptBytes)
            .ConfigureAwait(false);
        EverythingRequest request = admission.Body.As(WebJson.Default.EverythingRequest);
        KeptPicture picture = segmenter.Find(request.Id);
        AutomaticMaskOptions options = request.ToOptions(segmenter.EverythingDefaults) with
        {
            MaxMaskBytes = segmenter.Options.MaxMaskBytes,
        };
        using AnswerShare share = segmenter.Intake.Memory.ForAnswer(Clients.Of(http));
        return await EventStream.Answer(http, segmenter.Options, Find, WebJson.Default.EverythingReply).ConfigureAwait(false);

        async Task<EverythingReply> Find(IProgress<SamProgress>? progress)
        {
            IReadOnlyList<AutomaticMask> masks = await segmenter
                .FindEverything(picture, options, admission.Place, progress, http.RequestAborted).ConfigureAwait(false);
            share.Take(masks.Sum(mask => mask.Bytes));
            return new EverythingReply(request.Id, picture.Width, picture.Height, masks.Select(MaskReply.Of));
        }
    }
}

/// <summary>How everything is found; the names are the original's.</summary>
internal sealed record EverythingRequest
{
    private const int MaxPointsPerSide = 64;
    private const int MaxPointsPerBatch = 64;

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

    /// <summary>
    /// What holds where a request says nothing: the model's own settings within the limits of the server. Crops are never
    /// searched: each would be an encode.
    /// </summary>
    public static AutomaticMaskOptions DefaultsOf(SamModel model)
    {
        using AutomaticMaskGenerator generator = new(model);
        AutomaticMaskOptions own = generator.Options;
        return own with
        {
            PointsPerSide = Math.Min(own.PointsPerSide!.Value, MaxPointsPerSide),
            PointsPerBatch = Math.Min(own.PointsPerBatch!.Value, MaxPointsPerBatch),
            CropNLayers = 0,
        };
    }

    /// <summary>The options for the library.</summary>
    /// <exception cref="WebProblemException">There are too many points.</exception>
    public AutomaticMaskOptions ToOptions(AutomaticMaskOptions defaults) =>
        PointsPerSide is null or (>= 1 and <= MaxPointsPerSide)
            ? defaults with
            {
                PointsPerSide = PointsPerSide ?? defaults.PointsPerSide,
                PredIouThresh = PredIouThresh ?? defaults.PredIouThresh,
                StabilityScoreThresh = StabilityScoreThresh ?? defaults.StabilityScoreThresh,
                BoxNmsThresh = BoxNmsThresh ?? defaults.BoxNmsThresh,
                MinMaskRegionArea = MinMaskRegionArea ?? defaults.MinMaskRegionArea,
            }
            : throw WebProblemException.BadRequest($"points_per_side must be 1 to {MaxPointsPerSide}.");
}

/// <summary>All masks of a picture, best first; they are written one by one.</summary>
internal sealed record EverythingReply(string Id, int Width, int Height, IEnumerable<MaskReply> Masks);
