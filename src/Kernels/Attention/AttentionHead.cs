namespace SamNative.Kernels;

/// <summary>
/// The keys and values of one head over one grid (or window, or list of tokens). Keys come in groups: a group is a row
/// of the grid, width keys that are padded to whole lanes. Two short groups lie side by side where there are as many, so
/// that a tile kernel has wide rows to multiply by.
/// </summary>
internal unsafe struct AttentionHead
{
    /// <summary>[Groups / GroupsAbreast, HeadDim, GroupsAbreast, Lanes]: the keys, transposed. Padded lanes must be finite and ordinary: they are masked by a logit of -1e30.</summary>
    public float* Keys;

    /// <summary>[Groups * Width, HeadLanes]: the values in key order.</summary>
    public float* Values;

    /// <summary>Rows of the grid.</summary>
    public int Groups;

    /// <summary>Keys of a group.</summary>
    public int Width;

    /// <summary>Channels of the head.</summary>
    public int HeadDim;

    /// <summary>Channels padded to whole lanes.</summary>
    public readonly int HeadLanes => Lane.RoundUp(HeadDim);

    /// <summary>Keys of a group padded to whole lanes.</summary>
    public readonly int Lanes => Lane.RoundUp(Width);

    /// <summary>Groups that lie side by side.</summary>
    public readonly int GroupsAbreast => Lanes == Lane.Count && Groups % 2 == 0 ? 2 : 1;

    /// <summary>Floats from channel to channel of a key.</summary>
    public readonly int KeyStride => GroupsAbreast * Lanes;

    /// <summary>The largest stride of keys whose groups have so many lanes or fewer.</summary>
    public static int MostKeyStride(int maxLanes) => Math.Max(2 * Lane.Count, maxLanes);

    /// <summary>The floats that the keys of a head take.</summary>
    public readonly nint KeyFloats => (nint)Groups * HeadDim * Lanes;

    /// <summary>The floats that the values of a head take.</summary>
    public readonly nint ValueFloats => (nint)Groups * Width * HeadLanes;

    /// <summary>Groups of a key tile: as many as fit 256 logits. A constant of the grid: it shapes the sums' order.</summary>
    public readonly int TileGroups => Math.Min(Groups, Math.Max(1, 256 / Lanes));

    /// <summary>Where the first channel of a group's first key lies, in floats.</summary>
    public readonly nint KeyOffset(int group)
    {
        (int abreast, int within) = Math.DivRem(group, GroupsAbreast);
        return ((nint)abreast * HeadDim * KeyStride) + (within * Lanes);
    }
}
