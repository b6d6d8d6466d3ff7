using System.Runtime.InteropServices;
using System.Text.Json;
using SamNative.Tests.Support;
using SamNative.Weights;

namespace SamNative.Model.Tests;

/// <summary>A file of reference values: tensors by name, and what its metadata says of them.</summary>
internal sealed class ReferenceTensors : IDisposable
{
    private readonly SafetensorsFile file;

    private ReferenceTensors(string path) => file = SafetensorsFile.Open(path);

    /// <summary>Opens a reference file; skips the running test where it is missing.</summary>
    public static ReferenceTensors Open(string name) => new(ReferenceData.Find(name));

    public IEnumerable<string> Names => file.Tensors.Select(tensor => tensor.Name);

    public bool Has(string name) => file.TryGet(name, out _);

    public float[] Floats(string name)
    {
        TensorInfo tensor = Tensor(name);
        float[] values = new float[tensor.ElementCount];
        file.Read(tensor, values);
        return values;
    }

    public byte[] Bytes(string name)
    {
        TensorInfo tensor = Tensor(name);
        byte[] values = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, values);
        return values;
    }

    public long[] Longs(string name) => MemoryMarshal.Cast<byte, long>(Bytes(name)).ToArray();

    public IReadOnlyList<long> Shape(string name) => Tensor(name).Shape;

    public JsonElement Json(string key) => JsonDocument.Parse(file.Metadata[key]).RootElement;

    public string Text(string key) => file.Metadata[key];

    public ImageSize Size(string key)
    {
        JsonElement size = Json(key);
        return new ImageSize(size[0].GetInt32(), size[1].GetInt32());
    }

    public void Dispose() => file.Dispose();

    private TensorInfo Tensor(string name) =>
        file.TryGet(name, out TensorInfo? tensor) ? tensor : throw new KeyNotFoundException(name);
}
