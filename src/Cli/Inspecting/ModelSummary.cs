using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>The model of a file in words.</summary>
internal static class ModelSummary
{
    /// <summary>Its parts and its numbers, or that there is none.</summary>
    public static string Of(ModelCheckpoint? checkpoint) => checkpoint switch
    {
        null => "none: it could not be loaded as one",
        SamCheckpoint sam => $"SAM, {(sam.HasDecoder ? "encoder, prompts and masks" : "the image encoder alone")}: "
            + Of(sam.Config),
        _ => checkpoint.Config.ToJson(),
    };

    private static string Of(VitConfig config) =>
        $"{config.ImgSize} x {config.ImgSize} pixels, patches of {config.PatchSize}, "
        + $"{config.Depth} blocks of width {config.EmbedDim}, {config.NumHeads} heads, "
        + $"windows of {config.WindowSize}, global blocks {string.Join(", ", config.GlobalAttnIndexes)}";
}
