namespace SamNative;

/// <summary>
/// Gives every map its place in one arena. A map lives from the first step that touches it to the last; two maps may
/// overlap in memory where their lives do not. Larger maps choose first, each takes the lowest place that is free.
/// </summary>
internal static class ArenaLayout
{
    /// <summary>Maps begin on pages.</summary>
    private const long Alignment = 1024;

    /// <summary>Places the maps of the steps.</summary>
    /// <returns>The maps by their place, and the floats that all of them take.</returns>
    public static (IReadOnlyList<ActivationMap> Maps, long Floats) Place(IReadOnlyList<EncoderStep> steps)
    {
        ActivationMap[] maps = [.. steps.SelectMany(Touched).Distinct()];
        List<ActivationMap> placed = [];
        foreach (ActivationMap map in maps.OrderByDescending(map => map.Floats).ThenBy(map => map.Name, StringComparer.Ordinal))
        {
            int[] uses = [.. Enumerable.Range(0, steps.Count).Where(i => Touched(steps[i]).Contains(map))];
            (map.FirstStep, map.LastStep) = (uses[0], uses[^1]);
            map.Offset = LowestFree(map, placed);
            placed.Add(map);
        }

        return ([.. placed.OrderBy(map => map.Offset).ThenBy(map => map.FirstStep)], placed.Max(map => map.Offset + map.Floats));
    }

    private static IEnumerable<ActivationMap> Touched(EncoderStep step) => step.Reads.Concat(step.Writes);

    private static long LowestFree(ActivationMap map, List<ActivationMap> placed)
    {
        long offset = 0;
        foreach (ActivationMap other in placed.OrderBy(other => other.Offset))
        {
            bool apart = other.LastStep < map.FirstStep || map.LastStep < other.FirstStep;
            if (!apart && other.Offset < offset + map.Floats)
            {
                offset = Math.Max(offset, RoundUp(other.Offset + other.Floats));
            }
        }

        return offset;
    }

    private static long RoundUp(long floats) => (floats + Alignment - 1) / Alignment * Alignment;
}
