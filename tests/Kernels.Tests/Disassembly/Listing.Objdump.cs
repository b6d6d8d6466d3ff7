using System.Text.RegularExpressions;
using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

internal sealed partial class Listing
{
    /// <summary>
    /// The one symbol in a text of objdump -d --no-show-raw-insn for Arm64. Where a jump goes to, a label is put: its
    /// address.
    /// </summary>
    public static Listing ParseObjdump(string symbol, string text)
    {
        Match[] instructions =
            [.. text.Split('\n').Select(line => Instruction().Match(line.TrimEnd())).Where(match => match.Success)];
        ListedLine[] plain = [.. instructions.Select(match => new ListedLine(
            null, match.Groups["mnemonic"].Value, Comment().Replace(match.Groups["operands"].Value, "")))];
        HashSet<string> targets =
        [
            .. plain.Where(line => Dialect.Arm64.Branch.IsMatch(line.ToString()))
                .Select(line => line.Operands.Split(' ')[^1]),
        ];
        List<ListedLine> lines = [];
        for (int i = 0; i < plain.Length; i++)
        {
            string address = instructions[i].Groups["address"].Value;
            if (targets.Contains(address))
            {
                lines.Add(new ListedLine(address, "", ""));
            }

            lines.Add(plain[i]);
        }

        return new Listing(symbol, "FullOpts", Dialect.Arm64, [.. lines]);
    }

    [GeneratedRegex(
        @"^\s+(?<address>[0-9a-f]+):\s+(?<mnemonic>\S+)\s*(?<operands>.*)$", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Instruction();

    /// <summary>Behind a jump's target its symbol, behind some mnemonics another spelling. Calls keep their symbol.</summary>
    [GeneratedRegex(
        @"\s*(<\S*\+0x[0-9a-f]+>)?\s*(//.*)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Comment();
}
