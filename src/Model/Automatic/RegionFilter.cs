namespace SamNative;

/// <summary>Removes holes and islands from masks (remove_small_regions in utils/amg.py).</summary>
internal static class RegionFilter
{
    /// <summary>
    /// Fills small holes, then removes small islands, but for the largest where all are small. Every part outside
    /// the mask is a hole, those at the border included; pixels that touch at a corner belong together.
    /// </summary>
    /// <returns>Whether there was anything small.</returns>
    public static bool RemoveSmall(SamMask mask, int minArea, CancellationToken cancellationToken = default)
    {
        bool holes = FillSmallHoles(mask, minArea, cancellationToken);
        bool islands = RemoveSmallIslands(mask, minArea, cancellationToken);
        return holes || islands;
    }

    /// <inheritdoc cref="RemoveSmall"/>
    public static bool FillSmallHoles(SamMask mask, int minArea, CancellationToken cancellationToken = default)
    {
        MaskRegions outside = new(mask, inside: false, diagonal: true, cancellationToken);
        return Flip(outside, Small(outside, minArea));
    }

    /// <inheritdoc cref="RemoveSmall"/>
    public static bool RemoveSmallIslands(SamMask mask, int minArea, CancellationToken cancellationToken = default)
    {
        MaskRegions islands = new(mask, inside: true, diagonal: true, cancellationToken);
        HashSet<int> small = Small(islands, minArea);
        bool found = small.Count > 0;
        if (found && islands.Regions.All(small.Contains))
        {
            small.Remove(islands.Regions.MaxBy(islands.Size));
        }

        Flip(islands, small);
        return found;
    }

    /// <summary>Fills what the mask encloses, whatever its size; a gap at a corner is closed.</summary>
    /// <returns>Whether there was anything to fill.</returns>
    public static bool FillEnclosed(SamMask mask, CancellationToken cancellationToken = default)
    {
        MaskRegions outside = new(mask, inside: false, diagonal: false, cancellationToken);
        HashSet<int> enclosed = [.. outside.Regions];
        enclosed.ExceptWith(outside.AtTheBorder());
        return Flip(outside, enclosed);
    }

    private static HashSet<int> Small(MaskRegions regions, int minArea) =>
        [.. regions.Regions.Where(region => regions.Size(region) < minArea)];

    private static bool Flip(MaskRegions regions, HashSet<int> chosen)
    {
        if (chosen.Count > 0)
        {
            regions.Flip(chosen);
        }

        return chosen.Count > 0;
    }
}
