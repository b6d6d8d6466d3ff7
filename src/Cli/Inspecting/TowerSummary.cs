using SamNative.Weights;

namespace SamNative.Cli;

/// <summary>What inspect and verify print of a visual tower as JSON, beside its numbers.</summary>
/// <param name="Title">What people call the model it belongs to.</param>
/// <param name="Naming">Whose names the keys have in the file.</param>
/// <param name="Grid">Patches along a side.</param>
/// <param name="Widths">Channels behind each convolution.</param>
/// <param name="Parameters">The number of its values.</param>
/// <param name="OtherTensors">How many tensors there are that are not the tower's.</param>
/// <param name="UnopenedTensors">How many of them are in shards that were not opened.</param>
internal sealed record TowerSummary(
    string Title, string Naming, int Grid, IReadOnlyList<int> Widths, long Parameters, int OtherTensors, int UnopenedTensors)
{
    /// <summary>Null where a file is no tower.</summary>
    public static TowerSummary? Of(ModelCheckpoint? checkpoint) => checkpoint is TowerCheckpoint tower
        ? new TowerSummary(
            tower.Config.Kind.Title(), tower.Naming, tower.Config.Grid, tower.Config.Widths, tower.Parameters,
            tower.OtherTensors, tower.Source.UnopenedTensors)
        : null;
}
