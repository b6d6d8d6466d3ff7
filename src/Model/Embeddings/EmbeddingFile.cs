using SamNative.Weights;

namespace SamNative;

/// <summary>A further tensor of an embedding: what a model made of the pictures beside it.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Shape">[n, …], n the number of pictures.</param>
internal sealed record EmbeddingTensor(string Name, long[] Shape, float[] Values);

/// <summary>
/// Embeddings as files: safetensors with the tensor image_embedding, [n, channels, rows, columns] F32, further tensors
/// [n, …] F32 by name, and <see cref="EmbeddingMetadata"/>.
/// </summary>
internal static class EmbeddingFile
{
    private const string TensorName = "image_embedding";

    public static SafetensorsWriter Writer(SamEmbedding embedding)
    {
        SafetensorsWriter writer = new();
        new EmbeddingMetadata(
            embedding.Frame, embedding.OriginalSizes, embedding.InputSizes, embedding.ModelSha256, embedding.Version).Write(writer);
        writer.Add(
            TensorName, [embedding.Count, embedding.Channels, embedding.Frame.Rows, embedding.Frame.Columns], embedding.Values);
        foreach (EmbeddingTensor extra in embedding.Extras)
        {
            writer.Add(extra.Name, extra.Shape, extra.Values);
        }

        return writer;
    }

    /// <summary>Reads an embedding; everything that the file says of its size is checked before memory is taken for it.</summary>
    public static SamEmbedding Read(SafetensorsFile file, EmbeddingLimits limits)
    {
        TensorInfo tensor = FindTensor(file);
        EmbeddingMetadata metadata = EmbeddingMetadata.Read(file, tensor, limits);
        TensorInfo[] extras = EmbeddingMetadata.ReadLayout(file) == 1 ? [] : FindExtras(file, tensor);
        SamEmbedding embedding = new((int)tensor.Shape[0], (int)tensor.Shape[1], metadata.Frame, metadata.ModelSha256)
        {
            Version = metadata.Version,
            HasValues = true,
        };
        Read(file, tensor, embedding.Values);
        embedding.Extras = [.. extras.Select(extra => new EmbeddingTensor(
            extra.Name, [.. extra.Shape], Read(file, extra, new float[extra.ElementCount])))];
        for (int i = 0; i < embedding.Count; i++)
        {
            embedding.SetSizes(i, metadata.OriginalSizes[i], metadata.InputSizes[i]);
        }

        return embedding;
    }

    public static string ReadModelSha256(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        FindTensor(file);
        return EmbeddingMetadata.ReadModelSha256(file);
    }

    private static TensorInfo FindTensor(SafetensorsFile file)
    {
        bool mustBeSquare = EmbeddingMetadata.ReadLayout(file) == 1;
        if (!file.TryGet(TensorName, out TensorInfo? tensor) || !IsReadable(tensor) || tensor.Shape.Length != 4
            || (mustBeSquare && tensor.Shape[2] != tensor.Shape[3]))
        {
            string found = tensor is null ? "no tensor of that name" : tensor.ToString();
            throw WrongTensor(file, $"{TensorName} F32 [n, channels, rows, columns]; this one has {found}");
        }

        return tensor;
    }

    private static TensorInfo[] FindExtras(SafetensorsFile file, TensorInfo embedding)
    {
        TensorInfo[] extras = [.. file.Tensors.Where(tensor => tensor.Name != TensorName)];
        TensorInfo? wrong = Array.Find(
            extras, extra => !IsReadable(extra) || extra.Shape is not [long count, ..] || count != embedding.Shape[0]);
        return wrong is null
            ? extras
            : throw WrongTensor(file, $"further tensors F32 [{embedding.Shape[0]}, …]; this one has {wrong}");
    }

    private static bool IsReadable(TensorInfo tensor) =>
        tensor.Dtype == TensorDtype.F32 && tensor.ElementCount is > 0 and <= int.MaxValue / sizeof(float);

    private static float[] Read(SafetensorsFile file, TensorInfo tensor, float[] values)
    {
        file.Read(tensor, values);
        Finite.Check(values, NonFiniteValues.EmbeddingFile, file: file.Name);
        return values;
    }

    private static EmbeddingException WrongTensor(SafetensorsFile file, string what) => new(
        EmbeddingError.WrongTensor,
        $"{file.Name}: an embedding file holds {what}. Write it with SamEmbedding.Save or samnative encode.");
}
