using SamNative.Tests.Support;

namespace SamNative.Weights.Tests;

/// <summary>The tables of contents of towers by their models' names.</summary>
internal static class TowerTensors
{
    /// <summary>The file's tensors, with some of the model's others.</summary>
    public static ListedSource File(this Towers.Spelt spelt, params (string Name, long[] Shape)[] more) =>
        new([.. spelt.Tensors(), .. more]);

    /// <summary>The tensors of the tower.</summary>
    public static List<(string Name, long[] Shape)> Tensors(this Towers.Spelt spelt) =>
        [.. spelt.Config.Layout().Select(tensor => (spelt.NameOf(tensor.Name), tensor.Shape.ToArray()))];
}
