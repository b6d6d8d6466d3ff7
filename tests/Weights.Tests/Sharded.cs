using System.Text.Json;
using System.Text.Json.Nodes;
using SamNative.Tests.Support;

namespace SamNative.Weights.Tests;

/// <summary>A document model in several files: its tower in the second and third, the language model in all.</summary>
internal sealed class Sharded : IDisposable
{
    public const string IndexName = "model.safetensors.index.json";

    private readonly TemporaryFolder folder = new();

    public Sharded(string? subfolder = null)
    {
        Folder = Path.Combine(folder.Path, subfolder ?? "");
        Directory.CreateDirectory(Folder);
        using SyntheticCheckpoint tower = new(Config, TowerFamily.Instance.NamingOf(Config, huggingFace: false)!);
        for (int n = 1; n <= 4; n++)
        {
            SafetensorsWriter writer = new();
            foreach (TensorInfo tensor in tower.Tensors.Where(tensor => n == (tensor.Name.Contains("net_") ? 3 : n == 2 ? 2 : 0)))
            {
                writer.Add(tensor.Name, tower, tensor);
                Map[tensor.Name] = Shard(n);
            }

            string other = $"model.layers.{n}.mlp.weight";
            writer.Add(other, [2], new float[2]);
            Map[other] = Shard(n);
            writer.Save(At(Shard(n)));
        }

        Save();
    }

    /// <summary>The tower of GOT-OCR 2.0, tiny.</summary>
    public static TowerConfig Config { get; } = Towers.Tiny with { Kind = TowerKind.GotOcr };

    /// <summary>The folder of the index.</summary>
    public string Folder { get; }

    /// <summary>The folder that is deleted at the end.</summary>
    public string Root => folder.Path;

    public string Index => At(IndexName);

    /// <summary>The weight_map, to change before <see cref="Save()"/>.</summary>
    public SortedDictionary<string, string> Map { get; } = new(StringComparer.Ordinal);

    public static string Shard(int n) => $"model-{n:D5}-of-00004.safetensors";

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Writes the index.</summary>
    public void Save() => Save(new JsonObject
    {
        ["metadata"] = new JsonObject { ["total_size"] = 1234, ["source"] = "test", ["deep"] = new JsonObject() },
        ["weight_map"] = JsonNode.Parse(JsonSerializer.Serialize(Map)),
    }.ToJsonString());

    public void Save(string text) => File.WriteAllText(Index, text);

    public void Dispose() => folder.Dispose();
}
