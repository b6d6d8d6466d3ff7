using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SamNative.Tests.Support;
using Xunit;

namespace SamNative.Weights.Tests;

/// <summary>The files in torch_files, and what was written into them.</summary>
internal static class TorchFiles
{
    public static string PathOf(string file) => ReferenceData.Find($"torch_files/{file}");

    public static TensorSource Open(string file) => CheckpointFile.Open(PathOf(file));

    /// <summary>Checks that a whole model has every value of torch_files.json, in its order, and the model's numbers.</summary>
    public static void AssertHoldsEveryValue(SamCheckpoint checkpoint)
    {
        using JsonDocument json = Configs.TorchFiles();
        JsonElement.ObjectEnumerator expected = json.RootElement.GetProperty("tensors").EnumerateObject();
        Assert.Equal(expected.Select(tensor => tensor.Name), checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.All(expected, tensor => Assert.Equal(
            tensor.Value.GetProperty("sha256").GetString(), Hash(Read(checkpoint, tensor.Name))));
        Assert.Equal(Configs.Torch with { Seed = null, DecoderHeads = 8 }, checkpoint.Config);
    }

    /// <summary>A tensor's values, by the original's key.</summary>
    public static float[] Read(SamCheckpoint checkpoint, string name)
    {
        float[] values = new float[checkpoint.Find(name).ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    /// <summary>The SHA-256 of values as torch_files.json has it.</summary>
    public static string Hash(float[] values) =>
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
}
