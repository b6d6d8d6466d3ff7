using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace SamNative.Web;

/// <summary>The description of the API, OpenAPI 3.1: a document of its own, apart from that of the app around it.</summary>
/// <param name="provider">What makes it.</param>
internal sealed class ApiDescription([FromKeyedServices(ApiDescription.Name)] IOpenApiDocumentProvider provider)
{
    public const string Name = "samnative";

    /// <summary>Made once, whoever asks first and whether they stay: the endpoints of an app do not change.</summary>
    private readonly Lazy<Task<byte[]>> file = new(() => Write(provider));

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            Introduce(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            if (operation.RequestBody?.Content is { } types && types.ContainsKey(RequestBody.Json))
            {
                types.Remove(RequestBody.AnyType);
            }

            return Task.CompletedTask;
        });
    }

    public static void Map(RouteGroupBuilder group) => group.MapGet("/openapi.json", Describe).ExcludeFromDescription();

    private static void Introduce(OpenApiDocument document) =>
        document.Info = new OpenApiInfo
        {
            Title = "SamNative",
            Version = typeof(ApiDescription).Assembly.GetName().Version!.ToString(fieldCount: 3),
            Description = "Segment Anything on a plain CPU: encode a picture once, then ask for masks by clicks and boxes.",
        };

    private static async Task<IResult> Describe(ApiDescription description) =>
        TypedResults.Bytes(await description.file.Value.ConfigureAwait(false), "application/json; charset=utf-8");

    private static async Task<byte[]> Write(IOpenApiDocumentProvider provider)
    {
        OpenApiDocument document = await provider.GetOpenApiDocumentAsync(CancellationToken.None).ConfigureAwait(false);
        string json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, CancellationToken.None)
            .ConfigureAwait(false);
        return Encoding.UTF8.GetBytes(json);
    }
}
