namespace SamNative.Kernels;

/// <summary>The width of the virtual vector: rows of activations are padded to whole multiples of it.</summary>
internal static class Lane
{
    public const int Count = 16;

    /// <summary>The next multiple of 16.</summary>
    public static int RoundUp(int value) => (value + Count - 1) & ~(Count - 1);

    /// <summary>
    /// The width of the next panel where columns (a multiple of 16) are left: as few panels as the widest kernel allows,
    /// as even as can be, since narrow leftovers run slowly.
    /// </summary>
    public static int PanelWidth(int columns, int maxPanelWidth)
    {
        int panels = (columns + maxPanelWidth - 1) / maxPanelWidth;
        return RoundUp((columns + panels - 1) / panels);
    }
}
