using System.Runtime.InteropServices;
using System.Text.Json;
using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>
/// A prompt as JSON: <c>{"points":[[x,y],…],"labels":[1,0,…],"box":[x0,y0,x1,y1]}</c>. Points come with their labels,
/// 1 for on it and 0 for not on it; whatever else is there is an error that names its place.
/// </summary>
internal static class PromptFile
{
    /// <summary>
    /// The longest file: some thousand points. What is no JSON comes back whole in the parser's exception, at forty times
    /// its size.
    /// </summary>
    private const int MaxBytes = 16 * 1024;

    private const string Points = "points";
    private const string Labels = "labels";
    private const string Box = "box";

    /// <exception cref="CommandFailedException">The file is no such prompt.</exception>
    /// <param name="cancellation">Ends the waiting for what is no regular file.</param>
    public static SamPrompt Read(string path, CancellationToken cancellation)
    {
        using Stream file = InputFile.Open(path, cancellation);
        return Read(InputFile.TryReadToEnd(file, MaxBytes) ?? throw TooLong(path), path);
    }

    /// <param name="json">The content of the file.</param>
    /// <param name="path">What errors call it.</param>
    /// <inheritdoc cref="Read(string, CancellationToken)" path="/exception"/>
    public static SamPrompt Read(ReadOnlyMemory<byte> json, string path)
    {
        if (json.Length > MaxBytes)
        {
            throw TooLong(path);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(
                WrittenText.ToUtf8(json.Span).ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second is what a key throws that is no Unicode text. Both may quote the file.
            throw new CommandFailedException($"{path}: this is no valid JSON. {Printable.Short(error.Message)}");
        }
    }

    private static SamPrompt Read(JsonElement root, string path)
    {
        bool isObject = root.ValueKind == JsonValueKind.Object;
        Require(isObject, path, "the prompt", $"an object with {Points}, {Labels} and {Box}");
        foreach (JsonProperty property in root.EnumerateObject())
        {
            bool isKnown = property.Name is Points or Labels or Box;
            Require(isKnown, path, $"the key {Printable.Short(property.Name)}", $"{Points}, {Labels} or {Box}");
        }

        double[][] points = ReadPoints(root, path);
        PointLabel[] labels = ReadLabels(root, path);
        if (points.Length != labels.Length)
        {
            throw new CommandFailedException(
                $"{path}: {Points} has {points.Length} items and {Labels} {labels.Length}: give each point its label, "
                + "1 (on it) or 0 (not on it).");
        }

        double[]? box = root.TryGetProperty(Box, out JsonElement element)
            ? Numbers(element, path, Box, "[x0, y0, x1, y1], four numbers", 4)
            : null;
        Require(points.Length > 0 || box is not null, path, "the prompt", $"at least one point or a {Box}");
        return new SamPrompt
        {
            Points = [.. points.Select((point, i) => new SamPoint(point[0], point[1], labels[i]))],
            Box = box is null ? null : new SamBox(box[0], box[1], box[2], box[3]),
        };
    }

    private static double[][] ReadPoints(JsonElement root, string path) =>
    [
        .. Items(root, path, Points, "a list of [x, y]")
            .Select((item, i) => Numbers(item, path, $"{Points}[{i}]", "[x, y], two numbers", 2)),
    ];

    private static PointLabel[] ReadLabels(JsonElement root, string path) =>
    [
        .. Items(root, path, Labels, "a list of 1 and 0").Select((item, i) =>
        {
            bool isWhole = WholeNumber.TryParse(JsonMarshal.GetRawUtf8Value(item), out Int128 label);
            Require(isWhole && (label == 0 || label == 1), path, $"{Labels}[{i}]", "1 (on it) or 0 (not on it)");
            return (PointLabel)(int)label;
        }),
    ];

    private static JsonElement[] Items(JsonElement root, string path, string key, string expected)
    {
        if (!root.TryGetProperty(key, out JsonElement list))
        {
            return [];
        }

        Require(list.ValueKind == JsonValueKind.Array, path, key, expected);
        return [.. list.EnumerateArray()];
    }

    private static double[] Numbers(JsonElement list, string path, string place, string expected, int count)
    {
        bool isList = list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == count
            && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && double.IsFinite(item.GetDouble()));
        Require(isList, path, place, expected);
        return [.. list.EnumerateArray().Select(item => item.GetDouble())];
    }

    private static CommandFailedException TooLong(string path) =>
        new($"{path}: a prompt has at most {MaxBytes} bytes; is this another file?");

    private static void Require(bool holds, string path, string place, string expected)
    {
        if (!holds)
        {
            throw new CommandFailedException($"{path}: {place} must be {expected}.");
        }
    }
}
