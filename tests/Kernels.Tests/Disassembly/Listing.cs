using System.Text.RegularExpressions;
using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>One instruction or label of a listing.</summary>
/// <param name="Label">The label, where it is one.</param>
/// <param name="Mnemonic">The instruction, where it is one.</param>
/// <param name="Operands">What follows it, as text.</param>
internal readonly record struct ListedLine(string? Label, string Mnemonic, string Operands)
{
    public override string ToString() => Label is null ? $"{Mnemonic} {Operands}" : $"{Label}:";
}

/// <summary>The listing of a method, taken apart: as RyuJIT prints it (DOTNET_JitDisasm), or objdump.</summary>
internal sealed partial class Listing
{
    private Listing(string method, string tier, Dialect dialect, ListedLine[] lines) =>
        (Method, Tier, Dialect, Lines) = (method, tier, dialect, lines);

    /// <summary>Type and method, for example SamNative.Kernels.F32Gemm8x48Avx512:Run.</summary>
    public string Method { get; }

    /// <summary>How hard the compiler tried: FullOpts, Tier0.</summary>
    public string Tier { get; }

    public Dialect Dialect { get; }

    public ListedLine[] Lines { get; }

    /// <summary>All listings of a text of RyuJIT.</summary>
    public static Listing[] ParseAll(string text) =>
        [.. text.Split("; Assembly listing for method ").Skip(1).Select(Parse)];

    private static Listing Parse(string text)
    {
        Match header = Header().Match(text);
        ListedLine[] lines =
        [
            .. text.Split('\n').Skip(1).Select(line => line.TrimEnd()).Where(line => line.Trim() is [not ';', ..]).Select(Line),
        ];
        Dialect dialect = text.Contains("; rsp based frame", StringComparison.Ordinal) ? Dialect.X64 : Dialect.FramedX64;
        return new Listing(header.Groups["method"].Value, header.Groups["tier"].Value, dialect, lines);
    }

    private static ListedLine Line(string line)
    {
        Match label = Label().Match(line);
        if (label.Success)
        {
            return new ListedLine(label.Groups["name"].Value, "", "");
        }

        string[] parts = line.Trim().Split([' ', '\t'], 2, StringSplitOptions.TrimEntries);
        return new ListedLine(null, parts[0], parts.Length > 1 ? parts[1] : "");
    }

    [GeneratedRegex(@"^(?<method>[^(]+)\(.*\((?<tier>[^()]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Header();

    [GeneratedRegex(@"^(?<name>\w+):", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: Waiting.BoundMilliseconds)]
    private static partial Regex Label();
}
