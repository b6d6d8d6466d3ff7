using System.Text.Json;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests;

/// <summary>Pictures as document models prepare them: whole at a small size, their hashes at others, grids of tiles.</summary>
internal sealed class TowerReference : IDisposable
{
    private readonly ReferenceTensors tensors;
    private readonly JsonDocument values;

    private TowerReference(string file)
    {
        tensors = ReferenceTensors.Open($"{file}.safetensors");
        values = JsonDocument.Parse(File.ReadAllText(ReferenceData.Find($"{file}.json")));
    }

    /// <summary>Drawn pictures are in tests/data; what comes of photographs stays beside the checkout.</summary>
    public static TowerReference For(string picture) =>
        new(picture is "truck" or "dog" ? "tower_preprocess" : "tower_preprocess.drawn");

    public byte[] Bytes(string name) => tensors.Bytes(name);

    public IReadOnlyList<long> Shape(string name) => tensors.Shape(name);

    public JsonElement Value(string name) => values.RootElement.GetProperty("values").GetProperty(name);

    /// <summary>SHA-256 of the RGB bytes.</summary>
    public string Hash(string name) => Value(name).GetProperty("sha256").GetString()!;

    public void Dispose()
    {
        tensors.Dispose();
        values.Dispose();
    }
}
