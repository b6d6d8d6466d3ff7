using System.Runtime.InteropServices;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>Tensors between processes: little-endian floats and nothing else.</summary>
internal static class FloatFile
{
    public static float[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        float[] values = new float[file.Length / sizeof(float)];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public static void Write(string path, float[] values) =>
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
}
