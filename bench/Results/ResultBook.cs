using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// Everything that was measured on one machine on one day. It is kept as JSON, from which the page and the chart are made
/// anew whenever a part is added, so that all of them always say the same.
/// </summary>
internal sealed record ResultBook(string Date, Machine Machine)
{
    public EncoderResult? Encoder { get; init; }

    public EncoderResult? EncoderInt8 { get; init; }

    public ProductsResult? Products { get; init; }

    public ScalingResult? Scaling { get; init; }

    public NarrowResult? Narrow { get; init; }

    public MasksResult? Masks { get; init; }

    /// <summary>Adds to the book of today, or begins it; writes book, page and chart and gives the page's path.</summary>
    /// <param name="folder">The folder of results; the machine's own is made within.</param>
    public static string Update(string folder, Func<ResultBook, ResultBook> add)
    {
        Machine machine = Machine.Describe();
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd");
        string stem = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, machine.Slug)).FullName, date);
        ResultBook book = add(Open($"{stem}.json") ?? new ResultBook(date, machine)) with { Machine = machine };
        Write($"{stem}.json", JsonSerializer.SerializeToUtf8Bytes(book, ResultJson.Default.ResultBook));
        if (Chart.Draw(book) is { } chart)
        {
            Write($"{stem}.png", chart);
        }

        string? picture = File.Exists($"{stem}.png") ? $"{date}.png" : null;
        Write($"{stem}.md", Encoding.UTF8.GetBytes(Page.Of(book, picture)));
        return $"{stem}.md";
    }

    private static ResultBook? Open(string path)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ResultJson.Default.ResultBook)
                : null;
        }
        catch (JsonException error)
        {
            throw new BenchFailedException($"{path} is not what was written there: {error.Message} Delete it, or give another --out.");
        }
    }

    private static void Write(string path, byte[] content) =>
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(content));
}

/// <summary>Its JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ResultBook))]
internal sealed partial class ResultJson : JsonSerializerContext;
