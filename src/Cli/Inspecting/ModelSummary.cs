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
        TowerCheckpoint tower => $"visual tower of {tower.Config.Kind.Title()}: {Of(tower.Config)}; "
            + $"{tower.Config.Grid} x {tower.Config.Grid} patches to {string.Join(" and ", tower.Config.Widths)} channels"
            + (tower.Config.SecondPath ? "; with a second path" : ""),
        _ => checkpoint.Config.ToJson(),
    };

    /// <summary>The same in a table; of a tower also whose names its keys have, its values, and what else there is.</summary>
    public static void AddTo(Table about, ModelCheckpoint? checkpoint)
    {
        about.Add("model", Of(checkpoint));
        if (checkpoint is TowerCheckpoint tower)
        {
            about.Add("names", tower.Naming);
            about.Add("values", $"{tower.Parameters:N0}");
            about.Add("others", Others(tower));
        }
    }

    private static string Others(TowerCheckpoint checkpoint)
    {
        int unopened = checkpoint.Source.UnopenedTensors;
        string where = unopened > 0 ? $", {unopened:N0} of them in shards that were not opened" : "";
        return $"{checkpoint.OtherTensors:N0} tensors that are not the tower's{where}";
    }

    private static string Of(VitConfig config) =>
        $"{config.ImgSize} x {config.ImgSize} pixels, patches of {config.PatchSize}, "
        + $"{config.Depth} blocks of width {config.EmbedDim}, {config.NumHeads} heads, "
        + $"windows of {config.WindowSize}, global blocks {string.Join(", ", config.GlobalAttnIndexes)}";
}
