using System.Reflection;
using System.Runtime.InteropServices;
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

        writer.Add(TensorName, [embedding.Count, embedding.Channels, embedding.Frame.Rows, embedding.Frame.Columns], embedding.Values);
        return writer;
    }

    /// <summary>Reads an embedding; everything that the file says of its size is checked before memory is taken for it.</summary>
    public static SamEmbedding Read(SafetensorsFile file, EmbeddingLimits limits)
    {
        TensorInfo tensor = FindTensor(file);
        (int count, int channels, int grid) = ((int)tensor.Shape[0], (int)tensor.Shape[1], (int)tensor.Shape[2]);
        string hash = Metadata(file, ModelHash);
        ImageSize[] original = Sizes(file, OriginalSize, count);
        ImageSize[] input = Sizes(file, InputSize, count);
        for (int i = 0; i < count; i++)
        {
            CheckFit(file, original[i], input[i], grid);
            CheckLimit(file, original[i], limits);
        }

        Frame frame = Frame.Square(Math.Max(input[0].Height, input[0].Width), Math.Max(input[0].Height, input[0].Width) / grid);
        SamEmbedding embedding = new(count, channels, frame, hash)
        {
            Version = file.Metadata.GetValueOrDefault(VersionKey),
            HasValues = true,
        };
        file.Read(tensor, embedding.Values);
        Finite.Check(embedding.Values, NonFiniteValues.EmbeddingFile, file: file.Name);
        for (int i = 0; i < count; i++)
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

    private static void CheckLimit(SafetensorsFile file, ImageSize original, EmbeddingLimits limits)
    {
        long pixels = (long)original.Height * original.Width;
        if (pixels > limits.MaxPixels || !SamMask.IsPossible(original.Width, original.Height))
        {
            throw new EmbeddingException(
                EmbeddingError.TooLarge,
                $"{file.Name}: {OriginalSize} in the metadata is [{original.Height}, {original.Width}]: {pixels} pixels are "
                + $"more than the {limits.MaxPixels} allowed, or than a mask can have. Encode a smaller picture.");
        }
    }

    /// <summary>
    /// The size that the encoder saw follows from the picture's: the longer side becomes that of the model's square, a
    /// whole number of pixels per position of the grid, and the other one keeps the proportion.
    /// </summary>
    private static void CheckFit(SafetensorsFile file, ImageSize original, ImageSize input, int grid)
    {
        int side = Math.Max(input.Height, input.Width);
        if (side > SamConfig.MaxSide || side % grid != 0 || original.FitInto(side) != input)
        {
            throw new EmbeddingException(
                EmbeddingError.WrongSize,
                $"{file.Name}: {InputSize} in the metadata is [{input.Height}, {input.Width}]; no model with {grid} "
                + $"positions a side brings a picture of {OriginalSize} [{original.Height}, {original.Width}] to that. "
                + "Encode the picture again.");
        }
    }

    private static ImageSize[] Sizes(SafetensorsFile file, string key, int count)
    {
        string text = Metadata(file, key);
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            JsonElement[] items = root.GetArrayLength() == 2 && root[0].ValueKind == JsonValueKind.Number ? [root] : [.. root.EnumerateArray()];
            ImageSize[] sizes = [.. items.Select(item => new ImageSize(Side(item[0]), Side(item[1])))];
            if (sizes.Length == count && items.All(item => item.GetArrayLength() == 2)
                && sizes.All(size => size is { Height: > 0, Width: > 0 }))
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

    /// <summary>A side in pixels; 0 for what is none.</summary>
    private static int Side(JsonElement number) =>
        WholeNumber.TryParse(JsonMarshal.GetRawUtf8Value(number), out Int128 side) && side > 0 && side <= int.MaxValue
            ? (int)side
            : 0;

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
