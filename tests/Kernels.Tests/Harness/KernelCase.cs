namespace SamNative.Kernels.Tests;

/// <summary>Calls a kernel on the operands of a case.</summary>
internal delegate void KernelCall(KernelRow kernel, Operands operands);

/// <summary>
/// One call of a kernel: its operands, each exactly as large as the contract says, and what must come out.
/// </summary>
/// <param name="Name">Sizes, strides and fill, for messages.</param>
/// <param name="Initial">The operands before the call: arrays of float, int, byte or ulong.</param>
/// <param name="Call">The call. All operands are compared after it: a write into one that is only read shows.</param>
/// <param name="Oracle">Holds the operands after the call to double-precision or integer arithmetic.</param>
internal sealed record KernelCase(string Name, Array[] Initial, KernelCall Call, Action<Array[]> Oracle)
{
    /// <summary>Blanks out what the contract leaves undefined, before results are compared byte by byte.</summary>
    public Action<Array[]> Blank { get; init; } = _ => { };
}
