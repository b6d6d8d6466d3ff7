using System.Collections.Immutable;

namespace SamNative.Weights;

/// <summary>
/// How the values of a synthetic tensor are spread: evenly around an offset, so wide that activations keep the variance of
/// their input.
/// </summary>
/// <param name="Factor">The largest distance from the offset.</param>
/// <param name="Offset">The middle.</param>
internal readonly record struct SyntheticScale(float Factor, float Offset)
{
    /// <summary>By what the original's key says the tensor is for: the first rule that holds.</summary>
    public static SyntheticScale Of(string name, ImmutableArray<long> shape)
    {
        bool Contains(string part) => name.Contains(part, StringComparison.Ordinal);
        bool EndsWith(string part) => name.EndsWith(part, StringComparison.Ordinal);
        return name switch
        {
            _ when Contains("positional_encoding_gaussian_matrix") => new(1.75f, 0),
            _ when EndsWith("pos_embed") => new(0.5f, 0),
            _ when Contains("rel_pos") => new(0.35f, 0),
            _ when Contains("point_embeddings") || Contains("not_a_point_embed") || Contains("no_mask_embed") => new(1, 0),
            _ when Contains("iou_token") || Contains("mask_tokens") => new(1, 0),
            _ when shape.Length == 1 && EndsWith(".weight") => new(0.5f, 1),
            _ when EndsWith(".bias") => new(0.25f, 0),
            _ => new(OfWeight(Contains("qkv") || Contains("q_proj") || Contains("k_proj") ? 1.5 : 1, FanIn()), 0),
        };

        long FanIn() => Contains("output_upscaling")
            ? shape[0]
            : shape.Skip(1).Aggregate(1L, (product, side) => product * side);
    }

    private static float OfWeight(double gain, long fanIn)
    {
        double steps = Math.Round(gain * Math.Sqrt(3.0 / fanIn) * 1024, MidpointRounding.ToEven);
        return (float)(Math.Max(steps, 1) / 1024);
    }
}
