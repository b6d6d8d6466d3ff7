using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// JSON in files of masks. Writing streams: what a document lists is made while it is written. Reading is strict: every
/// key must be there once, and no other.
/// </summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions options = new(ResultJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    };

    public static void Write<T>(T document, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        JsonSerializer.Serialize(destination, document, TypeInfo<T>());
        destination.WriteByte((byte)'\n');
    }

    /// <param name="form">What such a file looks like, for the message.</param>
    public static T Read<T>(ReadOnlySpan<byte> content, string name, string form, MaskFileLimits limits)
    {
        limits.CheckBytes(content.Length, name);
        content = WrittenText.ToUtf8(content);
        try
        {
            return JsonSerializer.Deserialize(content, TypeInfo<T>())
                ?? throw Error(MaskFormatError.BadStructure, name, 0, "$", form);
        }
        catch (JsonException error)
        {
            // The serializer wraps what its reader of plain JSON throws.
            bool isSyntax = error.InnerException is JsonException;
            throw Error(
                isSyntax ? MaskFormatError.BadSyntax : MaskFormatError.BadStructure, name, Offset(content, error),
                error.Path ?? "$", isSyntax ? "JSON. It may be cut off: copy or make the file again" : form);
        }
    }

    /// <summary>A list of a document. The serializer lets null through as an item; this does not.</summary>
    public static T[] Items<T>(IEnumerable<T> list, string name, string place)
    {
        T[] items = [.. list];
        int none = Array.FindIndex(items, item => item is null);
        return none < 0
            ? items
            : throw new MaskFormatException(
                MaskFormatError.BadStructure, name, 0, $"{place}[{none}]: it is null. Take it out, or make the file again.");
    }

    /// <summary>A value of a document that cannot stand there.</summary>
    /// <param name="place">Its path, as <c>annotations[3].bbox</c>.</param>
    public static MaskFormatException BadValue(string name, string place, string what) =>
        new(MaskFormatError.BadValue, name, 0, $"{Printable.Plain(place)}: {what}");

    /// <summary>Two values of a document that contradict each other.</summary>
    /// <inheritdoc cref="BadValue" path="/param"/>
    public static MaskFormatException Contradiction(string name, string place, string what) =>
        new(MaskFormatError.Contradiction, name, 0, $"{Printable.Plain(place)}: {what}");

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    private static MaskFormatException Error(MaskFormatError code, string name, int offset, string place, string form) =>
        new(code, name, offset, $"byte {offset}, {Printable.Plain(place)}: this is not {form}.");

    private static int Offset(ReadOnlySpan<byte> content, JsonException error)
    {
        int start = 0;
        for (long line = error.LineNumber ?? 0; line > 0; line--)
        {
            start += content[start..].IndexOf((byte)'\n') + 1;
        }

        return start + (int)(error.BytePositionInLine ?? 0);
    }
}

/// <summary>The documents, by their names in JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(WholeNumberConverter<int>), typeof(WholeNumberConverter<long>)])]
[JsonSerializable(typeof(IEnumerable<RecordJson>))]
[JsonSerializable(typeof(Sa1bJson))]
[JsonSerializable(typeof(CocoJson))]
[JsonSerializable(typeof(LabelmeJson))]
internal sealed partial class ResultJsonContext : JsonSerializerContext;
