namespace SamNative.Kernels;

/// <summary>What an <see cref="AttentionBlock"/> holds at most.</summary>
/// <param name="Queries">Queries of a block.</param>
/// <param name="HeadLanes">Channels of a head, padded to whole lanes.</param>
/// <param name="KeyLanes">Keys of a group, padded to whole lanes.</param>
/// <param name="Groups">Groups of a grid with relative positions.</param>
internal readonly record struct AttentionLimits(int Queries, int HeadLanes, int KeyLanes, int Groups)
{
    /// <summary>Logits of a query that are alive at a time.</summary>
    public int TileLanes => Math.Max(256, KeyLanes);

    /// <summary>Values that the logits of a query begin with.</summary>
    public int InitialLanes => AttentionHead.MostKeyStride(KeyLanes);

    /// <summary>Relative heights of a query.</summary>
    public int GroupLanes => Lane.RoundUp(Math.Max(1, Groups));

    /// <summary>The floats that a block takes.</summary>
    public nint Floats(KernelSet kernels)
    {
        nint padded = Queries + kernels.TileRows;
        nint band = kernels.TileRows * Lane.RoundUp(KeyLanes + kernels.TileRows);
        return (padded * ((2 * HeadLanes) + InitialLanes + GroupLanes + TileLanes + (4 * Lane.Count))) + band;
    }
}
