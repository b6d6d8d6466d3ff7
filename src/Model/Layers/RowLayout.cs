using SamNative.Kernels;

namespace SamNative;

/// <summary>How activations lie in memory: rows of channels, padded to whole lanes.</summary>
internal static class RowLayout
{
    /// <summary>Spare rows behind every buffer: the last tile of rows may reach past the end and ignores what it reads.</summary>
    public const int SpareRows = 8;

    /// <summary>
    /// Floats per row of n values: whole lanes, and never a multiple of 4096 bytes, at which neighbouring rows would
    /// compete for the same sets of the first-level cache.
    /// </summary>
    public static int Stride(int values)
    {
        int stride = Lane.RoundUp(values);
        return stride % 1024 == 0 ? stride + Lane.Count : stride;
    }
}
