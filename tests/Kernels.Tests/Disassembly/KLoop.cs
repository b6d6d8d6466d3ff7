using System.Text.RegularExpressions;

namespace SamNative.Kernels.Tests;

/// <summary>The innermost loop of a matrix product's kernel: where nearly all of the time of an encode is spent.</summary>
internal sealed partial class KLoop
{
    /// <summary>Fewer multiply-adds than this are some other loop.</summary>
    private const int FewestMultiplyAdds = 8;

    private readonly ListedLine[] body;
    private readonly bool framed;

    private KLoop(ListedLine[] lines, bool hasFramePointer) => (body, framed) = (lines, hasFramePointer);

    /// <summary>The multiply-adds on vectors of one turn.</summary>
    public int MultiplyAdds => body.Count(line => MultiplyAdd().IsMatch(line.Mnemonic));

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
            else if (line.Mnemonic.StartsWith('j') && labels.TryGetValue(line.Operands.Split(' ')[^1], out int start))
            {
                loops.Add((start, i + 1));
            }
        }

        (int Start, int End)[] busy = [.. loops.Where(loop => Body(loop).MultiplyAdds >= FewestMultiplyAdds)];
        return [.. busy.Where(loop => !busy.Any(other => IsInside(other, loop))).Select(Body)];

        KLoop Body((int Start, int End) loop) => new(listing.Lines[loop.Start..loop.End], listing.HasFramePointer);

        static bool IsInside((int Start, int End) inner, (int Start, int End) outer) =>
            inner != outer && inner.Start >= outer.Start && inner.End <= outer.End;
    }

    /// <summary>What a good loop has none of, instruction by instruction.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (ListedLine line in body)
        {
            if (line.Operands.Contains("[rsp", StringComparison.Ordinal)
                || (framed && line.Operands.Contains("[rbp", StringComparison.Ordinal)))
            {
                yield return $"touches the stack: {line}";
            }

            if (MultiplyAdd().IsMatch(line.Mnemonic) && !line.Mnemonic.Contains("231", StringComparison.Ordinal))
            {
                yield return $"overwrites a factor, not the sum: {line}";
            }

            if (Move().IsMatch($"{line.Mnemonic} {line.Operands}"))
            {
                yield return $"copies a register: {line}";
            }

            if (line.Mnemonic == "call")
            {
                yield return $"calls: {line}";
            }
        }
    }

    [GeneratedRegex(@"^vfn?m(add|sub)\d{3}p[sd]$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MultiplyAdd();

    [GeneratedRegex(@"^vmov\w* [xyz]mm\d+, [xyz]mm\d+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Move();
}
