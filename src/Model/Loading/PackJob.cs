using SamNative.Kernels;

namespace SamNative;

/// <summary>
/// Reads a weight and packs it, panel by panel: the rows of the source that a panel is made of are read, checked and moved
/// by one worker while they lie in its second-level cache.
/// </summary>
internal sealed class PackJob(WeightLoader loader, PackedMatrix packed, string weight, int sourceInputs, LinearMap map)
    : ParallelJob
{
    public int Pieces => packed.Panels.Length;

    public override void Run(int index, int worker)
    {
        Panel panel = packed.Panels[index];
        (int first, int count) = SourceRows(panel);
        ReadOnlySpan<float> rows = loader.ReadPart(
            weight, (long)first * sourceInputs, checked(count * sourceInputs), worker);
        packed.Pack(panel, rows, sourceInputs, map.ColumnOf, map.RowOf, first);
    }

    /// <summary>The rows of the source from the first to the last that the panel needs.</summary>
    private (int First, int Count) SourceRows(Panel panel)
    {
        int least = int.MaxValue;
        int most = -1;
        foreach (int row in map.ColumnOf.AsSpan()[panel.Column..Math.Min(panel.Column + panel.Width, packed.Columns)])
        {
            if (row >= 0)
            {
                least = Math.Min(least, row);
                most = Math.Max(most, row);
            }
        }

        return most < 0 ? (0, 0) : (least, most - least + 1);
    }
}
