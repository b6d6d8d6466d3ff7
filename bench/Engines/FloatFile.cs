using System.Runtime.InteropServices;
using SamNative.Weights;

namespace SamNative.Bench;

/// <summary>Tensors between processes: little-endian floats and nothing else.</summary>
internal static class FloatFile
{
    public static float[] Read(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();

    public static void Write(string path, float[] values) =>
        AtomicFile.Write(path, overwrite: true, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
}
