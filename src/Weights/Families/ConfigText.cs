using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SamNative.Weights;

/// <summary>Configurations as text: one strict JSON object.</summary>
internal static class ConfigText
{
    /// <summary>Reads a configuration whose kind is known.</summary>
    /// <param name="json">One JSON object.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="form">The JSON form of this kind.</param>
    /// <param name="example">What messages show.</param>
    /// <exception cref="CheckpointException">It is not of that form, or describes an impossible model.</exception>
    public static TConfig Parse<TConfig>(string json, string source, JsonTypeInfo<TConfig> form, TConfig example)
        where TConfig : ModelConfig
    {
        try
        {
            TConfig config = JsonSerializer.Deserialize(json, form) ?? throw new JsonException("It is null.");
            config.Validate(source);
            return config;
        }
        catch (JsonException error)
        {
            throw new CheckpointException(
                CheckpointError.InvalidConfig,
                $"{source} is not a model's configuration. {Printable.Plain(error.Message)} "
                + $"It must look like {example.ToJson()}; seed may be left out.",
                error);
        }
    }

    /// <summary>The keys of the outermost object, or none where the text is no JSON object.</summary>
    public static ImmutableHashSet<string> Keys(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? [.. document.RootElement.EnumerateObject().Select(property => property.Name)]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
