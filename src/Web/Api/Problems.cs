using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using SamNative.Imaging;

namespace SamNative.Web;

/// <summary>Errors as RFC 9457 has them, with a code for programs and a sentence with the cure for people.</summary>
internal static class Problems
{
    private const string ContentType = "application/problem+json";

    /// <summary>The problem behind an exception; null where it is a mistake of ours.</summary>
    public static ProblemDetails? Of(Exception error) => error switch
    {
        WebProblemException problem => Make(problem.Status, problem.Code, problem.Message),
        ImageFormatException
        {
            Code: ImageFormatError.FileTooLarge or ImageFormatError.TooManyPixels or ImageFormatError.OutOfMemory,
        } picture => Make(StatusCodes.Status413PayloadTooLarge, "picture_too_large", WithoutLimitNames(picture)),
        ImageFormatException picture => Make(StatusCodes.Status400BadRequest, "bad_picture", picture.Message),
        MaskFormatException mask => Make(StatusCodes.Status400BadRequest, "bad_mask", mask.Message),
        NonFiniteException overflow =>
            Make(StatusCodes.Status422UnprocessableEntity, "not_finite", overflow.Message),
        MaskLimitException => Make(
            StatusCodes.Status422UnprocessableEntity, "too_many_masks",
            "The masks of this picture take more memory than is allowed here. Ask for fewer points per side, or for higher "
            + "thresholds of score and stability."),
        JsonException json => Make(StatusCodes.Status400BadRequest, "bad_json", Where(json)),
        ArgumentException argument => Make(StatusCodes.Status400BadRequest, "bad_value", Sentence(argument)),
        ObjectDisposedException => Of(WebProblemException.Stopping()),
        BadHttpRequestException request => Make(request.StatusCode, "bad_request", request.Message),
        _ => null,
    };

    /// <summary>The answer to a request that failed.</summary>
    public static IResult Answer(ProblemDetails problem) =>
        TypedResults.Json(problem, WebJson.Default.ProblemDetails, ContentType, problem.Status);

    /// <summary>Writes that answer by itself: the services of an app that ends are gone before its last requests.</summary>
    public static Task Write(HttpContext http, ProblemDetails problem)
    {
        http.Response.StatusCode = problem.Status!.Value;
        http.Response.ContentType = ContentType;
        return JsonSerializer.SerializeAsync(http.Response.BodyWriter, problem, WebJson.Default.ProblemDetails);
    }

    /// <summary>Says when to try again, where the error knows it.</summary>
    public static void SetRetryAfter(HttpResponse response, Exception error)
    {
        if (error is WebProblemException { RetryAfterSeconds: int seconds })
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static ProblemDetails Make(int status, string code, string detail) => new()
    {
        Status = status,
        Title = ReasonPhrases.GetReasonPhrase(status),
        Detail = detail,
        Extensions = { ["code"] = code },
    };

    /// <summary>Who uploads a picture cannot raise the limits.</summary>
    private static string WithoutLimitNames(ImageFormatException error) =>
        $"{error.FileName}: {error.Reason} Make it smaller.";

    /// <summary>Only the place: the parser's own words may quote what was sent.</summary>
    private static string Where(JsonException error) =>
        $"The body is not the JSON that is wanted: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}. "
        + "See openapi.json.";

    /// <summary>The message without the name of the parameter it was thrown for.</summary>
    private static string Sentence(ArgumentException error) =>
        error.ParamName is { } name
            ? error.Message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal)
            : error.Message;
}
