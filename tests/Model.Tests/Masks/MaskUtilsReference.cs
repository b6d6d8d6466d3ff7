using System.Buffers.Binary;
using System.Text.Json;
using SamNative.Tests.Support;

namespace SamNative.Model.Tests.Masks;

/// <summary>The masks of mask_utils.safetensors and what the original says of them in mask_utils.json.</summary>
internal static class MaskUtilsReference
{
    /// <summary>The values of mask<paramref name="number"/>: size, rle, coco_rle, area, box.</summary>
    public static JsonElement Values(int number) =>
        Json("mask_utils.json").GetProperty($"mask{number}");

    /// <summary>One byte a pixel, row by row.</summary>
    public static byte[] Pixels(int number)
    {
        byte[] file = File.ReadAllBytes(ReferenceData.Find("mask_utils.safetensors"));
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        int[] offsets = Integers(header.RootElement.GetProperty($"mask{number}.mask").GetProperty("data_offsets"));
        return file[(8 + headerLength + offsets[0])..(8 + headerLength + offsets[1])];
    }

    public static JsonElement Json(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.Find(name)));
        return document.RootElement.Clone();
    }

    public static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];
}
