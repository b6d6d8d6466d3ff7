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

    public static void Map(RouteGroupBuilder api)
    {
        Describe<ExportRequest>(api.MapPost("/export/mask", Mask), "A mask as a picture: white in, black out.")
            .Produces<byte[]>(StatusCodes.Status200OK, PngType);
        Describe<ExportRequest>(
            api.MapPost("/export/cutout", Cutout), "The picture where the mask is, and nothing elsewhere.")
            .Produces<byte[]>(StatusCodes.Status200OK, PngType);
        Describe<CocoRequest>(api.MapPost("/export/coco", Coco), "Masks as COCO instances, a JSON file.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/json");
    }

    private static RouteHandlerBuilder Describe<TRequest>(RouteHandlerBuilder endpoint, string summary)
        where TRequest : notnull => endpoint
        .WithSummary(summary)
        .Accepts<TRequest>(RequestBody.Json, RequestBody.AnyType)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static Task<IResult> Mask(HttpContext http, Segmenter segmenter) =>
        Draw(http, segmenter, (_, mask, png) => MaskRenderer.WriteMask(mask, png));

    private static Task<IResult> Cutout(HttpContext http, Segmenter segmenter) => Draw(
        http, segmenter,
        (picture, mask, png) => MaskRenderer.WriteCutout(picture.Decode(segmenter.Options.Limits).View, mask, png));

    private static async Task<IResult> Coco(HttpContext http, Segmenter segmenter)
    {
        CocoRequest request = await RequestBody
            .ReadJson(http.Request, WebJson.Default.CocoRequest, http.RequestAborted).ConfigureAwait(false);
        PictureMasks masks = request.ToMasks(segmenter.Find(request.Id));
        using MemoryStream file = new();
        CocoFile.Write([masks], file);
        return TypedResults.Bytes(file.ToArray(), "application/json");
    }

    private static async Task<IResult> Draw(
        HttpContext http, Segmenter segmenter, Action<KeptPicture, SamMask, Stream> draw)
    {
        using WorkLane.Place place = segmenter.Encodes.Enter();
        ExportRequest request = await RequestBody
            .ReadJson(http.Request, WebJson.Default.ExportRequest, http.RequestAborted).ConfigureAwait(false);
        KeptPicture picture = segmenter.Find(request.Id);
        byte[] png = await place.Do(() => Png(picture, request), http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Bytes(png, PngType);

        byte[] Png(KeptPicture source, ExportRequest asked)
        {
            using MemoryStream stream = new();
            draw(source, asked.ToMask(source), stream);
            return stream.ToArray();
        }
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
    public PictureMasks ToMasks(KeptPicture picture) => new(
        Name, picture.Embedding.OriginalSize,
        [
            .. Masks.Select(mask =>
                mask?.ToAutomaticMask(picture) ?? throw WebProblemException.BadRequest("Each of masks must be an object.")),
        ]);
}
