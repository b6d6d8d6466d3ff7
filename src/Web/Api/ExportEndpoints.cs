using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>Masks as files to keep.</summary>
internal static class ExportEndpoints
{
    private const string PngType = "image/png";
    private const string JsonType = "application/json";

    public static void Map(RouteGroupBuilder api)
    {
        Describe<ExportRequest>(api.MapPost("/export/mask", Mask), "A mask as a picture: white in, black out.")
            .Produces<byte[]>(StatusCodes.Status200OK, PngType);
        Describe<ExportRequest>(
            api.MapPost("/export/cutout", Cutout), "The picture where the mask is, and nothing elsewhere.")
            .Produces<byte[]>(StatusCodes.Status200OK, PngType);
        Describe<CocoRequest>(api.MapPost("/export/coco", Coco), "Masks as COCO instances, a JSON file.")
            .Produces<byte[]>(StatusCodes.Status200OK, JsonType);
    }

    private static RouteHandlerBuilder Describe<TRequest>(RouteHandlerBuilder endpoint, string summary)
        where TRequest : notnull => endpoint
        .WithSummary(summary)
        .Accepts<TRequest>(RequestBody.Json, RequestBody.AnyType)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static Task<IResult> Mask(HttpContext http, Segmenter segmenter) =>
        Draw(http, segmenter, (_, mask, png) => mask.WritePng(png));

    private static Task<IResult> Cutout(HttpContext http, Segmenter segmenter) => Draw(
        http, segmenter,
        (picture, mask, png) => MaskRenderer.WriteCutout(picture.Decode(segmenter.Options.Limits).View, mask, png));

    private static Task<IResult> Coco(HttpContext http, Segmenter segmenter) => Export(
        http, segmenter, JsonType, body =>
        {
            CocoRequest request = body.As(WebJson.Default.CocoRequest);
            PictureMasks masks = request.ToMasks(segmenter.Find(request.Id), http.RequestAborted);
            MemoryStream file = new((int)body.Length);
            CocoFile.Write([masks], file);
            return file;
        });

    private static Task<IResult> Draw(HttpContext http, Segmenter segmenter, Action<KeptPicture, SamMask, Stream> draw) =>
        Export(
            http, segmenter, PngType, body =>
            {
                ExportRequest request = body.As(WebJson.Default.ExportRequest);
                KeptPicture picture = segmenter.Find(request.Id);
                MemoryStream file = new();
                draw(picture, request.ToMask(picture), file);
                return file;
            });

    /// <summary>
    /// Reads a request only when its turn has come, since what it becomes may be many times as large, and makes the file.
    /// </summary>
    private static async Task<IResult> Export(
        HttpContext http, Segmenter segmenter, string type, Func<RequestBody, MemoryStream> make)
    {
        using Admission admission = await segmenter.Intake
            .AdmitJson(http, segmenter.Encodes, segmenter.Options.MaxExportBytes).ConfigureAwait(false);
        using MemoryStream file = await admission.Place.Do(() => make(admission.Body), http.RequestAborted)
            .ConfigureAwait(false);
        admission.Body.Dispose();
        using AnswerShare share = segmenter.Intake.Memory.ForAnswer(Clients.Of(http));
        share.Take(file.Length);
        return await Answers.Bytes(http, segmenter.Options, file.GetBuffer().AsMemory(0, (int)file.Length), type)
            .ConfigureAwait(false);
    }
}

/// <summary>A mask of a picture that is to become a file.</summary>
/// <param name="Id">The picture.</param>
/// <param name="Rle">The mask.</param>
internal sealed record ExportRequest(
    [property: JsonRequired] string Id, [property: JsonRequired] CocoRle Rle)
{
    /// <summary>The mask of this size.</summary>
    /// <exception cref="WebProblemException">It has the size of another picture.</exception>
    /// <exception cref="MaskFormatException">The run lengths are damaged.</exception>
    public SamMask ToMask(KeptPicture picture) => Rle.ToRle(picture).ToMask();
}

/// <summary>Masks of a picture that are to become one file.</summary>
/// <param name="Id">The picture.</param>
/// <param name="Name">The name of its file.</param>
/// <param name="Masks">Masks as they were answered; of each, run lengths and score are enough.</param>
internal sealed record CocoRequest(
    [property: JsonRequired] string Id, [property: JsonRequired] string Name, [property: JsonRequired] MaskReply[] Masks)
{
    /// <summary>The masks for the library.</summary>
    /// <exception cref="WebProblemException">A mask has the size of another picture.</exception>
    /// <exception cref="MaskFormatException">Run lengths are damaged.</exception>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    public PictureMasks ToMasks(KeptPicture picture, CancellationToken cancellation)
    {
        List<AutomaticMask> masks = [];
        foreach (MaskReply? mask in Masks)
        {
            cancellation.ThrowIfCancellationRequested();
            masks.Add(
                mask?.ToAutomaticMask(picture) ?? throw WebProblemException.BadRequest("Each of masks must be an object."));
        }

        return new PictureMasks(Name, picture.Embedding.OriginalSize, masks);
    }
}
