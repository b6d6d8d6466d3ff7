using System.Runtime.InteropServices;
using System.Text.Json;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>
/// One set of weights as both sides want it: the safetensors file that we load, and the graph of the original's encoder
/// with its weights beside it that ONNX Runtime loads. Made once, below artifacts, each file whole or not at all.
/// </summary>
/// <param name="Checkpoint">The safetensors file.</param>
/// <param name="Graph">The ONNX file; its weights lie beside it.</param>
/// <param name="IsReference">Whether these are the synthetic weights that the reference values were computed with.</param>
internal sealed record EncoderFiles(string Checkpoint, string Graph, bool IsReference)
{
    private const string GraphName = "vit_b_encoder.onnx";
    private const string ListName = "vit_b_encoder.weights.json";

    /// <param name="model">A safetensors file of a ViT-B; null for the synthetic one of seed 0.</param>
    public static EncoderFiles Prepare(string? model)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Workspace.Cache, FolderOf(model))).FullName;
        string checkpoint = model ?? Path.Combine(folder, "vit_b.safetensors");
        if (model is null && !File.Exists(checkpoint))
        {
            using SyntheticCheckpoint synthetic = new(SamConfig.VitB with { Seed = 0 });
            AtomicFile.Write(checkpoint, overwrite: true, stream => synthetic.ToWriter().Save(stream));
        }

        string graph = Path.Combine(folder, GraphName);
        byte[] nodes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "peers", GraphName));
        AtomicFile.Write(graph, overwrite: true, stream => stream.Write(nodes));
        string weights = WriteWeights(checkpoint, folder);
        Warm(checkpoint);
        Warm(weights);
        return new EncoderFiles(checkpoint, graph, model is null);
    }

    private static string FolderOf(string? model)
    {
        if (model is null)
        {
            return "synthetic";
        }

        using SafetensorsFile file = SafetensorsFile.Open(model);
        return file.ComputeSha256()[..16];
    }

    /// <summary>Brings a file into the system's cache, so that no one's loading waits for the disk.</summary>
    private static void Warm(string path)
    {
        using FileStream file = File.OpenRead(path);
        file.CopyTo(Stream.Null, 1 << 20);
    }

    private static string WriteWeights(string checkpoint, string folder)
    {
        WeightsList list = JsonSerializer.Deserialize(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "peers", ListName)),
            WeightsListJson.Default.WeightsList)!;
        string path = Path.Combine(folder, list.File);
        if (File.Exists(path) && new FileInfo(path).Length == list.FileBytes)
        {
            return path;
        }

        using SafetensorsFile file = SafetensorsFile.Open(checkpoint);
        SamCheckpoint sam = SamCheckpoint.Open(file);
        AtomicFile.Write(path, overwrite: true, stream =>
        {
            foreach (ListedTensor tensor in list.Tensors)
            {
                Write(stream, sam, tensor);
            }

            stream.SetLength(list.FileBytes);
        });
        return path;
    }

    private static void Write(Stream stream, SamCheckpoint sam, ListedTensor tensor)
    {
        if (!sam.Shape(tensor.Name).AsSpan().SequenceEqual(tensor.Shape))
        {
            throw new BenchFailedException(
                $"{sam.Source.Name}: {tensor.Name} is [{string.Join(", ", sam.Shape(tensor.Name))}], but the peer's graph is "
                + $"a ViT-B with [{string.Join(", ", tensor.Shape)}]; give a ViT-B.");
        }

        float[] values = new float[tensor.Bytes / sizeof(float)];
        sam.Read(tensor.Name, values);
        stream.Position = tensor.Offset;
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
