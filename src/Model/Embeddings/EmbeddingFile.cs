using System.Reflection;
using System.Text.Json;
using SamNative.Weights;

namespace SamNative;

/// <summary>
/// Embeddings as files: safetensors with the tensor image_embedding, [n, channels, grid, grid] F32, and in the metadata the
/// sizes of the pictures, the hash of the model and the version that wrote it.
/// </summary>
internal static class EmbeddingFile
{
    private const string TensorName = "image_embedding";
    private const string OriginalSize = "original_size";
    private const string InputSize = "input_size";
    private const string ModelHash = "model_sha256";
    private const string VersionKey = "samnative_version";

    /// <summary>The version of this library.</summary>
    public static string OwnVersion { get; } = typeof(EmbeddingFile).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static SafetensorsWriter Writer(SamEmbedding embedding)
    {
        SafetensorsWriter writer = new();
        writer.AddMetadata("format", "pt");
        writer.AddMetadata(OriginalSize, SizesToJson(embedding.OriginalSizes));
        writer.AddMetadata(InputSize, SizesToJson(embedding.InputSizes));
        writer.AddMetadata(ModelHash, embedding.ModelSha256);
        if (embedding.Version is string version)
        {
            writer.AddMetadata(VersionKey, version);
        }

        writer.Add(TensorName, [embedding.Count, embedding.Channels, embedding.Grid, embedding.Grid], embedding.Values);
        return writer;
    }

    public static SamEmbedding Read(SafetensorsFile file)
    {
        TensorInfo tensor = FindTensor(file);
        SamEmbedding embedding = new(
            (int)tensor.Shape[0], (int)tensor.Shape[1], (int)tensor.Shape[2], Metadata(file, ModelHash))
        {
            Version = file.Metadata.GetValueOrDefault(VersionKey),
            HasValues = true,
        };
        file.Read(tensor, embedding.Values);
        Finite.Check(embedding.Values, NonFiniteValues.EmbeddingFile, file: file.Name);
        ImageSize[] original = Sizes(file, OriginalSize, embedding.Count);
        ImageSize[] input = Sizes(file, InputSize, embedding.Count);
        for (int i = 0; i < embedding.Count; i++)
        {
            embedding.SetSizes(i, original[i], input[i]);
        }

        return embedding;
    }

    public static string ReadModelSha256(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        FindTensor(file);
        return Metadata(file, ModelHash);
    }

    private static TensorInfo FindTensor(SafetensorsFile file)
    {
        if (!file.TryGet(TensorName, out TensorInfo? tensor) || tensor.Dtype != TensorDtype.F32 || tensor.Shape.Length != 4
            || tensor.Shape[2] != tensor.Shape[3] || tensor.ElementCount is 0 or > int.MaxValue / sizeof(float))
        {
            string found = tensor is null ? "no tensor of that name" : tensor.ToString();
            throw new EmbeddingException(
                EmbeddingError.WrongTensor,
                $"{file.Name}: an embedding file holds {TensorName} F32 [n, channels, grid, grid]; this one has {found}. "
                + "Write it with SamEmbedding.Save or samnative encode.");
        }

        return tensor;
    }

    /// <summary>[height, width] for one picture, a list of them for several.</summary>
    private static string SizesToJson(IReadOnlyList<ImageSize> sizes)
    {
        string list = string.Join(", ", sizes.Select(size => $"[{size.Height}, {size.Width}]"));
        return sizes.Count == 1 ? list : $"[{list}]";
    }

    private static ImageSize[] Sizes(SafetensorsFile file, string key, int count)
    {
        const int MaxSide = 1 << 24;
        string text = Metadata(file, key);
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            JsonElement[] items = root.GetArrayLength() == 2 && root[0].ValueKind == JsonValueKind.Number ? [root] : [.. root.EnumerateArray()];
            ImageSize[] sizes = [.. items.Select(item => new ImageSize(item[0].GetInt32(), item[1].GetInt32()))];
            if (sizes.Length == count && items.All(item => item.GetArrayLength() == 2)
                && sizes.All(size => size is { Height: > 0 and < MaxSide, Width: > 0 and < MaxSide }))
            {
                return sizes;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw WrongSize(file, key, text, count, error);
        }

        throw WrongSize(file, key, text, count, null);
    }

    private static string Metadata(SafetensorsFile file, string key) =>
        file.Metadata.TryGetValue(key, out string? value)
            ? value
            : throw new EmbeddingException(
                key == ModelHash ? EmbeddingError.OtherModel : EmbeddingError.WrongSize,
                $"{file.Name}: the metadata has no {key}: this file was not written as an embedding. "
                + "Write it with SamEmbedding.Save or samnative encode.");

    private static EmbeddingException WrongSize(SafetensorsFile file, string key, string text, int count, Exception? inner) => new(
        EmbeddingError.WrongSize,
        $"{file.Name}: {key} in the metadata is {Printable.Quote(text)}; for {count} pictures it must "
        + (count == 1 ? "be [height, width]." : "be a list of that many [height, width]."),
        inner);
}
