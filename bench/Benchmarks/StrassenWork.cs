using SamNative.Kernels;

namespace SamNative.Bench;

/// <summary>The sums around the products of Strassen's algorithm, on blocks and tiles of ViT-B.</summary>
internal static unsafe class StrassenWork
{
    private const int Depth = 192;
    private const int TileFloats = 8 * 48;

    public static Action Prepare(KernelRow row) => row.Operation switch
    {
        Operation.StrassenLeft => Left((StrassenLeftKernel)row.Function),
        Operation.StrassenFirst => First((StrassenFirstKernel)row.Function),
        Operation.StrassenRest => Rest((StrassenRestKernel)row.Function),
        _ => throw new NotSupportedException($"{row.Operation} is no kernel of Strassen's algorithm."),
    };

    private static Action Left(StrassenLeftKernel kernel)
    {
        const int QuarterRows = 2;
        Operands o = new(16 * QuarterRows * Depth, StrassenOperands.Count * QuarterRows * Depth);
        return () => kernel(o[0], 4 * Depth, QuarterRows, Depth, o[1], Depth, QuarterRows * Depth, QuarterRows);
    }

    private static Action First(StrassenFirstKernel kernel)
    {
        Operands o = new(TileFloats, TileFloats, TileFloats, TileFloats);
        return () => kernel(o[0], o[1], o[2], o[3], TileFloats);
    }

    private static Action Rest(StrassenRestKernel kernel)
    {
        // Sums that are kept would grow without end: differences of nothing do not.
        Operands o = new(TileFloats, TileFloats, TileFloats, TileFloats, TileFloats, TileFloats);
        new Span<float>(o[1], TileFloats).Clear();
        new Span<float>(o[2], TileFloats).Clear();
        return () => kernel(o[0], o[1], o[2], o[3], o[4], o[5], TileFloats);
    }
}
