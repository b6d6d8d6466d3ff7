using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The model of a file in words.</summary>
internal static class ModelSummary
{
    /// <summary>Its parts and its numbers, or that there is none.</summary>
    public static string Of(SamCheckpoint? checkpoint)
    {
        if (checkpoint is null)
        {
            return "none: it could not be loaded as one";
        }

        SamConfig config = checkpoint.Config;
        string parts = checkpoint.HasDecoder ? "encoder, prompts and masks" : "the image encoder alone";
        return $"SAM, {parts}: {config.ImgSize} x {config.ImgSize} pixels, patches of {config.PatchSize}, "
            + $"{config.Depth} blocks of width {config.EmbedDim}, {config.NumHeads} heads, "
            + $"windows of {config.WindowSize}, global blocks {string.Join(", ", config.GlobalAttnIndexes)}";
    }
}
