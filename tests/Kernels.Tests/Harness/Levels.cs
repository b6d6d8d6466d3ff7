namespace SamNative.Kernels.Tests;

/// <summary>What of the kernel table this process can run.</summary>
internal static class Levels
{
    public static IEnumerable<IsaLevel> Available => Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable);

    public static IEnumerable<KernelRow> Rows => KernelTable.Rows.Where(row => Isa.IsAvailable(row.Isa));

    /// <summary>
    /// The scalar kernel that a row is held to. Wider tiles have none of their own: the narrow one computes them, side by side.
    /// </summary>
    public static KernelRow ScalarOf(Operation operation) => KernelTable.Find(
        operation is Operation.Gemm32 or Operation.Gemm48 ? Operation.Gemm16 : operation,
        IsaLevel.Scalar);
}
