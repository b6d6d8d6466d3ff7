using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>Results as JSON: one line, nothing escaped that need not be.</summary>
internal static class Json
{
    public static void Print<T>(T value, JsonTypeInfo<T> type)
    {
        using Stream stdout = Console.OpenStandardOutput();
        Write(value, type, stdout);
    }

    /// <summary>A model's numbers as they stand in its files; null where there is none.</summary>
    public static JsonElement? Of(ModelConfig? config) =>
        config is null ? null : JsonElement.Parse(config.ToJson());

    public static void Write<T>(T value, JsonTypeInfo<T> type, Stream destination)
    {
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter writer = new(destination, options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        destination.WriteByte((byte)'\n');
    }
}
