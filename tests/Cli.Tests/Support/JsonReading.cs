using System.Text.Json;

namespace SamNative.Cli.Tests;

/// <summary>Short words for what the tests read from JSON.</summary>
internal static class JsonReading
{
    /// <summary>The names of an object's properties, in their order.</summary>
    public static string[] Keys(this JsonElement json) => [.. json.EnumerateObject().Select(property => property.Name)];

    /// <summary>A property that is a list of whole numbers.</summary>
    public static long[] Numbers(this JsonElement json, string key) =>
        [.. json.GetProperty(key).EnumerateArray().Select(item => item.GetInt64())];

    /// <summary>The items of a property that is a list.</summary>
    public static JsonElement[] Items(this JsonElement json, string key) => [.. json.GetProperty(key).EnumerateArray()];

    /// <summary>A property that is text.</summary>
    public static string Text(this JsonElement json, string key) => json.GetProperty(key).GetString()!;
}
