namespace SamNative.Kernels.Tests;

/// <summary>What of the kernel table this process can run.</summary>
internal static class Levels
{
    public static IEnumerable<IsaLevel> Available => Enum.GetValues<IsaLevel>().Where(Isa.IsAvailable);

    public static IEnumerable<KernelRow> Rows => KernelTable.Rows.Where(row => Isa.IsAvailable(row.Isa));

    /// <summary>The rows of one operation, the scalar one first.</summary>
    public static IEnumerable<KernelRow> RowsOf(Operation operation) =>
        Rows.Where(row => row.Operation == operation).OrderBy(row => row.Isa);
}
