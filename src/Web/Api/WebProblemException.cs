using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace SamNative.Web;

/// <summary>What a client did wrong or has to wait for, with the cure.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="code">A word for programs.</param>
[SuppressMessage("Design", "CA1064", Justification = "It never leaves the server.")]
internal sealed class WebProblemException(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    /// <summary>When to try again, if that helps.</summary>
    public int? RetryAfterSeconds { get; private init; }

    public static WebProblemException Busy(int seconds) => new(
        StatusCodes.Status429TooManyRequests, "busy",
        $"Too many requests are waiting for their turn. Try again in {seconds} s.")
    {
        RetryAfterSeconds = seconds,
    };

    public static WebProblemException UnknownHost() => new(
        StatusCodes.Status400BadRequest, "unknown_host",
        "This server does not answer to the name in the address, for safety: any site can let a name lead here. Use its IP "
        + "address, or have the name allowed where it is started: samnative serve --allow-host NAME.");

    public static WebProblemException Stopping() => new(
        StatusCodes.Status503ServiceUnavailable, "stopping", "The server is being stopped. Try again later.");

    public static WebProblemException UnknownPicture() => new(
        StatusCodes.Status404NotFound, "unknown_picture",
        "There is no picture with this id, or it was forgotten to make room for others. Upload it again.");

    public static WebProblemException UnknownToken() => new(
        StatusCodes.Status404NotFound, "unknown_token",
        "There is no mask of this picture with this token, or it was forgotten to make room for others. Ask without "
        + "previous, or ask for the mask again.");

    public static WebProblemException TooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, "too_large",
        $"The request has more than the {limit} bytes that are taken. Send less.");

    public static WebProblemException TooManyParts(int limit) => new(
        StatusCodes.Status413PayloadTooLarge, "too_large",
        $"The request has more than the {limit} values, names and brackets that are taken. Send fewer masks.");

    public static WebProblemException TooSlow() => new(
        StatusCodes.Status408RequestTimeout, "too_slow",
        "The request took too long to arrive. Send less, or use a faster connection.");

    public static WebProblemException BadRequest(string message) =>
        new(StatusCodes.Status400BadRequest, "bad_request", message);
}
