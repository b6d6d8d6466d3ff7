using System.Text.RegularExpressions;
using SamNative.Tests.Support;

namespace SamNative.Kernels.Tests;

/// <summary>How the instructions that matter to a loop are written; each expression is for a whole line.</summary>
/// <param name="Branch">A jump, its label the last operand.</param>
/// <param name="MultiplyAdd">A multiply-add on vectors.</param>
/// <param name="OverwritesFactor">One whose result takes the place of a factor; null where there is no such form.</param>
/// <param name="Stack">An access to the stack.</param>
/// <param name="Move">A copy of a vector register.</param>
internal sealed record Dialect(
    Regex Branch, Regex MultiplyAdd, Regex? OverwritesFactor, Regex Stack, Regex Move, Regex Call)
{
    /// <summary>As RyuJIT lists x86-64; rbp is a register like any other.</summary>
    public static Dialect X64 { get; } = new(
        Expression(@"^j"), Expression(@"^vfn?m(add|sub)\d{3}p[sd] "), Expression(@"^vfn?m(add|sub)(132|213)p[sd] "),
        Expression(@"\[rsp"), Expression(@"^vmov\w* [xyz]mm\d+, [xyz]mm\d+$"), Expression(@"^call "));

    /// <summary>The same where rbp points to the stack.</summary>
    public static Dialect FramedX64 { get; } = X64 with { Stack = Expression(@"\[r[sb]p") };

    /// <summary>As objdump lists Arm64, whose x29 always points to the stack.</summary>
    public static Dialect Arm64 { get; } = new(
        Expression(@"^(b(\.\w+)?|cbn?z|tbn?z) "), Expression(@"^fml[as] v"), null,
        Expression(@"\[(sp|x29)\b"), Expression(@"^mov v\d+\.\d+b, v"),
        Expression(@"^blr? "));

    private static Regex Expression(string pattern) => new(
        pattern, RegexOptions.ExplicitCapture | RegexOptions.Compiled, matchTimeout: Waiting.Bound);
}
