using System.Buffers.Binary;
using System.Text;

namespace SamNative.Weights.Tests;

/// <summary>Builds safetensors files by hand, so that they can lie.</summary>
internal static class RawFile
{
    /// <summary>A file of a header as it stands, so many bytes of values, and the header length it claims.</summary>
    public static byte[] Of(string header, int dataBytes = 0, ulong? claimedLength = null) =>
        Of(Encoding.UTF8.GetBytes(header), dataBytes, claimedLength);

    /// <inheritdoc cref="Of(string, int, ulong?)"/>
    public static byte[] Of(ReadOnlySpan<byte> header, int dataBytes = 0, ulong? claimedLength = null)
    {
        byte[] file = new byte[sizeof(ulong) + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)header.Length);
        header.CopyTo(file.AsSpan(sizeof(ulong)));
        return file;
    }

    /// <summary>The entry of one tensor.</summary>
    public static string Tensor(string name, string dtype, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}";

    /// <summary>A file of one tensor.</summary>
    public static byte[] OneTensor(string dtype, string shape, long begin, long end, int dataBytes) =>
        Of($"{{{Tensor("a", dtype, shape, begin, end)}}}", dataBytes);
}
