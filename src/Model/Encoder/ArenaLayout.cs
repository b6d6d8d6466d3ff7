namespace SamNative;

/// <summary>
/// Gives every slot its place in one arena. A slot lives from the first step that touches it to the last; two slots may
/// overlap in memory where their lives do not. Larger slots choose first, each takes the lowest place that is free.
/// </summary>
internal sealed class ArenaLayout
{
    /// <summary>Slots begin on pages.</summary>
    private const long Alignment = 1024;

    public ArenaLayout(IReadOnlyList<EncoderStep> steps, IReadOnlyDictionary<string, long> slotFloats)
    {
        List<ArenaSlot> placed = [];
        foreach ((string name, long floats) in slotFloats.OrderByDescending(slot => slot.Value).ThenBy(slot => slot.Key, StringComparer.Ordinal))
        {
            int[] uses = [.. Enumerable.Range(0, steps.Count).Where(i => steps[i].Reads.Contains(name) || steps[i].Writes.Contains(name))];
            ArenaSlot slot = new(name, floats, 0, uses[0], uses[^1]);
            placed.Add(slot with { Offset = LowestFree(slot, placed) });
        }

        Slots = [.. placed.OrderBy(slot => slot.Offset).ThenBy(slot => slot.FirstStep)];
        Floats = placed.Max(slot => slot.Offset + slot.Floats);
    }

    public IReadOnlyList<ArenaSlot> Slots { get; }

    public long Floats { get; }

    private static long LowestFree(ArenaSlot slot, List<ArenaSlot> placed)
    {
        long offset = 0;
        foreach (ArenaSlot other in placed.OrderBy(other => other.Offset))
        {
            bool apart = other.LastStep < slot.FirstStep || slot.LastStep < other.FirstStep;
            if (!apart && other.Offset < offset + slot.Floats)
            {
                offset = Math.Max(offset, RoundUp(other.Offset + other.Floats));
            }
        }

        return offset;
    }

    private static long RoundUp(long floats) => (floats + Alignment - 1) / Alignment * Alignment;
}
