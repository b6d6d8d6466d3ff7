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
        Describe(api.MapPost("/export/mask", Mask), "A mask as a picture: white in, black out.");
        Describe(api.MapPost("/export/cutout", Cutout), "The picture where the mask is, and nothing elsewhere.");
    }

    private static void Describe(RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .Accepts<ExportRequest>("application/json")
        .Produces<byte[]>(StatusCodes.Status200OK, PngType)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static Task<IResult> Mask(HttpContext http, Segmenter segmenter) =>
        Draw(http, segmenter, (_, mask, png) => MaskRenderer.WriteMask(mask, png));

    private static Task<IResult> Cutout(HttpContext http, Segmenter segmenter) => Draw(
        http, segmenter,
        (picture, mask, png) => MaskRenderer.WriteCutout(picture.Decode(segmenter.Options.Limits).View, mask, png));

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
    public SamMask ToMask(KeptPicture picture) =>
        Rle is { Size: [int height, int width], Counts: not null } && height == picture.Height && width == picture.Width
            ? SamMask.FromCocoRle(Rle.Counts, width, height)
            : throw WebProblemException.BadRequest(
                $"The mask must have the size [{picture.Height}, {picture.Width}], as its picture.");
}
