using System.Text.Json;

namespace SamNative.Model.Tests;

/// <summary>One prompt of the reference values, and what the original answers.</summary>
internal sealed class PromptCase(string name, JsonElement description, ReferenceTensors reference)
{
    public string Name { get; } = name;

    public bool Multimask { get; } = description.GetProperty("multimask").GetBoolean();

    /// <summary>The case whose first low-resolution mask is the mask prompt; null for none.</summary>
    public string? MaskFrom { get; } = description.TryGetProperty("mask_from", out JsonElement from) ? from.GetString() : null;

    public float[] Sparse => reference.Floats($"{Name}.sparse");

    public float[] LowResLogits => reference.Floats($"{Name}.low_res_logits");

    public float[] Iou => reference.Floats($"{Name}.iou");

    public float[] FullLogits => reference.Floats($"{Name}.full_logits_sample");

    public long[] FullLogitsIndex => reference.Longs($"{Name}.full_logits_index");

    public int Masks => (int)reference.Shape($"{Name}.iou")[0];

    /// <summary>All cases of a file.</summary>
    public static IEnumerable<PromptCase> Of(ReferenceTensors reference) =>
        reference.Json("cases").EnumerateObject().Select(item => new PromptCase(item.Name, item.Value, reference));

    /// <summary>The prompt, its mask taken from the reference answer of another case.</summary>
    public SamPrompt ToPrompt()
    {
        List<SamPoint> points = [];
        if (description.TryGetProperty("points", out JsonElement coordinates))
        {
            JsonElement labels = description.GetProperty("labels");
            for (int i = 0; i < coordinates.GetArrayLength(); i++)
            {
                points.Add(new SamPoint(
                    coordinates[i][0].GetDouble(), coordinates[i][1].GetDouble(), (PointLabel)labels[i].GetInt32()));
            }
        }

        SamBox? box = description.TryGetProperty("box", out JsonElement b)
            ? new SamBox(b[0].GetDouble(), b[1].GetDouble(), b[2].GetDouble(), b[3].GetDouble())
            : null;
        return new SamPrompt { Points = points, Box = box, MaskLogits = MaskLogits() };
    }

    /// <summary>The masks, one bit a pixel in row order, most significant bit first (numpy's packbits).</summary>
    public bool Bit(int mask, int pixel)
    {
        byte[] bits = maskBits ??= reference.Bytes($"{Name}.mask_bits");
        int stride = (int)reference.Shape($"{Name}.mask_bits")[1];
        return (bits[(mask * stride) + (pixel / 8)] & (0x80 >> (pixel % 8))) != 0;
    }

    private byte[]? maskBits;

    private float[] MaskLogits()
    {
        if (MaskFrom is null)
        {
            return [];
        }

        float[] logits = reference.Floats($"{MaskFrom}.low_res_logits");
        int one = logits.Length / (int)reference.Shape($"{MaskFrom}.iou")[0];
        return logits[..one];
    }
}
