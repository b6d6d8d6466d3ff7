namespace SamNative.Kernels.Tests;

/// <summary>A loop of many multiply-adds, above all a matrix product's: where nearly all time of an encode is spent.</summary>
internal sealed class KLoop
{
    /// <summary>Fewer multiply-adds than this are some other loop.</summary>
    private const int FewestMultiplyAdds = 8;

    private readonly ListedLine[] body;
    private readonly Dialect dialect;

    private KLoop(ListedLine[] lines, Dialect language) => (body, dialect) = (lines, language);

    /// <summary>The multiply-adds on vectors of one turn.</summary>
    public int MultiplyAdds => body.Count(line => dialect.MultiplyAdd.IsMatch(line.ToString()));

    /// <summary>The loops of a method that have many multiply-adds, without those around them.</summary>
    public static KLoop[] FindAll(Listing listing)
    {
        Dictionary<string, int> labels = [];
        List<(int Start, int End)> loops = [];
        for (int i = 0; i < listing.Lines.Length; i++)
        {
            ListedLine line = listing.Lines[i];
            if (line.Label is not null)
            {
                labels[line.Label] = i;
            }
            else if (listing.Dialect.Branch.IsMatch(line.ToString())
                && labels.TryGetValue(line.Operands.Split(' ')[^1], out int start))
            {
                loops.Add((start, i + 1));
            }
        }

        (int Start, int End)[] busy = [.. loops.Where(loop => Body(loop).MultiplyAdds >= FewestMultiplyAdds)];
        return [.. busy.Where(loop => !busy.Any(other => IsInside(other, loop))).Select(Body)];

        KLoop Body((int Start, int End) loop) => new(listing.Lines[loop.Start..loop.End], listing.Dialect);

        static bool IsInside((int Start, int End) inner, (int Start, int End) outer) =>
            inner != outer && inner.Start >= outer.Start && inner.End <= outer.End;
    }

    /// <summary>Accesses to the stack.</summary>
    public IEnumerable<string> Spills() =>
        body.Where(line => dialect.Stack.IsMatch(line.ToString())).Select(line => $"touches the stack: {line}");

    /// <summary>What a good loop of a matrix product has none of.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (string spill in Spills())
        {
            yield return spill;
        }

        foreach (ListedLine line in body)
        {
            string text = line.ToString();
            if (dialect.OverwritesFactor?.IsMatch(text) == true)
            {
                yield return $"overwrites a factor, not the sum: {line}";
            }

            if (dialect.Move.IsMatch(text))
            {
                yield return $"copies a register: {line}";
            }

            if (dialect.Call.IsMatch(text))
            {
                yield return $"calls: {line}";
            }
        }
    }
}
