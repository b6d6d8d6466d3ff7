using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace SamNative.Web;

/// <summary>The files of the page, which are part of the assembly.</summary>
internal static class PageEndpoints
{
    private const string Folder = "page/";
    private const string Start = "index.html";
    private const string SampleName = "sample.png";

    private static readonly FrozenDictionary<string, PageFile> files = ReadAll();

    public static void Map(RouteGroupBuilder group)
    {
        group.MapGet("/", Index).ExcludeFromDescription();
        foreach (string name in files.Keys.Where(name => name is not (Start or SampleName)))
        {
            group.MapGet($"/{name}", (HttpContext http) => Send(http, name)).ExcludeFromDescription();
        }
    }

    /// <summary>The sample picture.</summary>
    public static IResult Sample(HttpContext http) => Send(http, SampleName);

    /// <summary>The links of the page are relative: its own address has to end with a slash.</summary>
    private static IResult Index(HttpContext http) =>
        http.Request.Path.Value is { Length: > 0 } path && path.EndsWith('/')
            ? Send(http, Start)
            : TypedResults.LocalRedirect($"{http.Request.PathBase}{http.Request.Path}/");

    private static FileContentHttpResult Send(HttpContext http, string name)
    {
        PageFile file = files[name];
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Content, file.Type, entityTag: file.Tag);
    }

    private static FrozenDictionary<string, PageFile> ReadAll()
    {
        Assembly assembly = typeof(PageEndpoints).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name == SampleName || name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name.Replace(Folder, string.Empty, StringComparison.Ordinal), Read);

        PageFile Read(string name)
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8));
            return new PageFile(content, TypeOf(name), new EntityTagHeaderValue($"\"{hash}\""));
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "image/png",
    };

    private sealed record PageFile(byte[] Content, string Type, EntityTagHeaderValue Tag);
}
